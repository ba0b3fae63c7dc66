export { type AccessKeyOptions, type AccessKeyValue, accessKey } from './access-key.ts'
export {
  type AlternatingUsersOptions,
  alternatingUsers,
  type UserDatabase,
  type UserValue,
} from './alternating-users.ts'
export {
  type CognitoClientSecretOptions,
  type CognitoClientValue,
  cognitoClientSecret,
} from './cognito-client-secret.ts'
export { evenPace, type Pace, type PaceOptions } from './pace.ts'
export { type PasswordOptions, password } from './password.ts'
export { type PostgresUsersOptions, postgresUsers } from './postgres-users.ts'
export { type Retired, type RetireOptions, type RetireSummary, retireDue, rotatorTag } from './retire.ts'
export { type RotatedStep, type RotateOptions, type RotatorOf, rotate } from './rotate.ts'
export { RotationError, type RotationErrorCode } from './rotation-error.ts'
export type { RotationEvent } from './rotation-event.ts'
export type { Change, Creation, Rotator } from './rotator.ts'
export {
  type DescribedSecret,
  type SecretVersions,
  type SecretVersionsOptions,
  secretVersions,
} from './secret-versions.ts'
export { type RotationStep, rotationSteps } from './steps.ts'
