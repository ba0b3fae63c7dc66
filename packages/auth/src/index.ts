export { type AppCredentialsOptions, appCredentials } from './app-credentials.ts'
export { type AppLoginOptions, LoginRefused } from './app-login.ts'
export { type ArnParts, arnParts } from './arn.ts'
export type { AssumedSession } from './assume-role.ts'
export {
  AssumeRoleDenied,
  AssumeRoleFailed,
  CallerSessionExpired,
  ChainedSessionTooLong,
  PackedPolicyTooLarge,
  RootCannotAssumeRole,
} from './assume-role-error.ts'
export { assumedRole } from './assumed-role.ts'
export type { AssumedRoleOptions } from './assumed-role-options.ts'
export { type Clock, systemClock } from './clock.ts'
export { credentialProcess } from './credential-process.ts'
export type { DeniedCause, DeniedExplanation, DeniedRequest } from './denied.ts'
export { CausewayError, type CausewayErrorOptions } from './error.ts'
export { explainDenied } from './explain-denied.ts'
export { externalId } from './external-id.ts'
export { type KafkaToken, type KafkaTokenOptions, kafkaToken } from './kafka-token.ts'
export { InvalidOptions, parseOptions } from './options.ts'
export { policies } from './policies/index.ts'
export type { LargeBodies } from './policies/large-bodies.ts'
export type { TableRows } from './policies/table-rows.ts'
export type { PolicyCondition, PolicyDocument, PolicyStatement } from './policy.ts'
export { partnerPrincipal, type StatementPrincipal, servicePrincipal } from './principals.ts'
export { withoutTokens } from './redaction.ts'
export {
  type CredentialProvider,
  CredentialsExpired,
  InvalidExpiration,
  type RefreshingOptions,
  refreshing,
} from './refreshing.ts'
export { type Secret, type SecretOptions, secret } from './secret.ts'
export type { SecretClients } from './secret-sources.ts'
export { SecretUnavailable } from './secret-unavailable.ts'
export { SessionPolicyTooLarge, sessionPolicy } from './session-policy.ts'
export { timeOver } from './time-over.ts'
export { type TrustPolicy, type TrustPolicyOptions, type TrustStatement, trustPolicy } from './trust-policy.ts'
export { VendorRefused } from './vendor-refused.ts'
export type { OnWarning, Warning } from './warning.ts'
