import { CausewayError } from '@causeway-aws/auth'

/** What went wrong with a rotation, for code that has to tell one from another. */
export type RotationErrorCode =
  | 'CredentialInUse'
  | 'InvalidRotationEvent'
  | 'InvalidSecretValue'
  | 'RotationNotPending'
  | 'RotationTestFailed'
  | 'RotationTooSoon'
  | 'UnknownRotator'
  | 'WrongCredential'

/**
 * A step of a rotation was not done, and AWSCURRENT is as it was. The sentence names the secret, never a value of it.
 *
 * | code | what happened |
 * | --- | --- |
 * | `RotationTooSoon` | what the last rotation replaced has not been retired yet; retryable |
 * | `RotationTestFailed` | the new credential does not work |
 * | `CredentialInUse` | there is another credential at the service, which rotation did not make |
 * | `WrongCredential` | AWSCURRENT does not hold a working credential of what is to be rotated |
 * | `InvalidSecretValue` | a version of the secret does not hold what its rotator rotates |
 * | `UnknownRotator` | the secret's tags do not say who rotates it |
 * | `RotationNotPending` | the version is not the one that is being made |
 * | `InvalidRotationEvent` | the event is not one of Secrets Manager's |
 *
 * @example
 * ```ts
 * import { RotationError } from '@causeway-aws/grants/rotation'
 *
 * export const isLater = (error: unknown): boolean => error instanceof RotationError && error.code === 'RotationTooSoon'
 * ```
 */
export class RotationError extends CausewayError {
  declare readonly code: RotationErrorCode

  constructor(code: RotationErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { code, ...options })
  }
}
