import { CausewayError } from '@causeway-aws/auth'

/** A source cannot be read: a sentence that says what of it and why. */
export class SourceError extends CausewayError {
  /** Whether it is the position to go on after, which is none of the partition: that of another, or of none. */
  readonly isOfPosition: boolean

  constructor(sentence: string, { retryable = false, isOfPosition = false, cause }: SourceErrorOptions = {}) {
    super(sentence, { code: 'SourceError', retryable, cause })
    this.isOfPosition = isOfPosition
  }
}

interface SourceErrorOptions {
  retryable?: boolean
  isOfPosition?: boolean
  cause?: unknown
}
