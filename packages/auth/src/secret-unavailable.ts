import { CausewayError } from './error.ts'

/**
 * A secret could not be looked up. Names the reference, never a value.
 *
 * @example
 * ```ts
 * import { SecretUnavailable, secret } from '@causeway-aws/auth'
 *
 * export const token = await secret('ssm:/orders/token')
 *   .value()
 *   .catch((error: unknown) => {
 *     if (error instanceof SecretUnavailable && !error.retryable) process.stderr.write(`Make ${error.reference} first.\n`)
 *     throw error
 *   })
 * ```
 */
export class SecretUnavailable extends CausewayError {
  readonly reference: string

  constructor(reference: string, problem: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(`The secret ${reference} ${problem}.`, { code: 'SecretUnavailable', ...options })
    this.reference = reference
  }
}
