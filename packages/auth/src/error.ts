/** What every {@link CausewayError} is made of, beside its sentence. */
export interface CausewayErrorOptions {
  /** A stable name for the kind of error, for code that has to tell kinds apart: `AssumeRoleDenied`. */
  code: string
  /** Whether the same call may succeed later without anybody changing anything. Default: false. */
  retryable?: boolean
  /** The error underneath, as it came from the AWS SDK or from Node. */
  cause?: unknown
}

/**
 * The base of all errors that Causeway throws. The message is one sentence that says what happened, to what, and what
 * to do; it never holds a secret, a token or an ExternalId.
 *
 * @example
 * ```ts
 * import { assumedRole, CausewayError } from '@causeway-aws/auth'
 *
 * const partner = assumedRole({ roleArn: 'arn:aws:iam::222222222222:role/orders-reader' })
 * try {
 *   await partner()
 * } catch (error) {
 *   if (!(error instanceof CausewayError && error.retryable)) throw error
 * }
 * ```
 */
export class CausewayError extends Error {
  readonly code: string
  readonly retryable: boolean

  constructor(message: string, { code, retryable = false, cause }: CausewayErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    // Not the class's own name: bundles are minified, and logs are searched for this.
    this.name = code
    this.code = code
    this.retryable = retryable
  }
}
