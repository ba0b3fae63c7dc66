import { CausewayError } from '@causeway-aws/auth'
import type { Failure } from './failure.ts'

/** A message that was not accepted, by its tracking id, and why. */
export interface NotAccepted extends Failure {
  readonly trackingId: string
}

/** Not every message of a send was accepted. Those that are not in `notAccepted` were. */
export class EdgeSendError extends CausewayError {
  readonly queueUrl: string
  /** In the order in which they were to be sent. */
  readonly notAccepted: readonly NotAccepted[]

  constructor(queueUrl: string, notAccepted: readonly NotAccepted[], total: number) {
    const retryable = notAccepted.every((message) => message.retryable)
    const named = notAccepted.slice(0, 5).map(({ trackingId, reason }) => `${trackingId} (${reason})`)
    if (notAccepted.length > named.length) named.push(`${notAccepted.length - named.length} more`)
    const advice = retryable ? 'send them again' : 'see to the reasons before you send them again'
    super(`${queueUrl} did not accept ${notAccepted.length} of ${total} messages: ${named.join(', ')}; ${advice}.`, {
      code: 'NotAccepted',
      retryable,
      cause: notAccepted.find(({ cause }) => cause !== undefined)?.cause,
    })
    this.queueUrl = queueUrl
    this.notAccepted = notAccepted
  }
}
