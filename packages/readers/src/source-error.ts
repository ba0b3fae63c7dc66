import { CausewayError } from '@causeway-aws/auth'

/** A source cannot be read: a sentence that says what of it and why. */
export class SourceError extends CausewayError {
  constructor(sentence: string, { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {}) {
    super(sentence, { code: 'SourceError', retryable, cause })
  }
}
