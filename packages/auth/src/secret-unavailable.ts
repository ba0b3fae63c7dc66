import { CausewayError } from './error.ts'

/** A secret could not be looked up. Names the reference, never a value. */
export class SecretUnavailable extends CausewayError {
  readonly reference: string

  constructor(reference: string, problem: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(`The secret ${reference} ${problem}.`, { code: 'SecretUnavailable', ...options })
    this.reference = reference
  }
}
