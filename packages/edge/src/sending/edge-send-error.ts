import { CausewayError } from '@causeway-aws/auth'
import type { Failure } from '../failure.ts'

/** A message that was not accepted, by its tracking id, and why. */
export interface NotAccepted extends Failure {
  readonly trackingId: string
}

/**
 * Not every message of a send was accepted; those that are not in `notAccepted` were. Its sentence names the first
 * reasons and tracking ids, never a body. `retryable` when every one of them may be accepted another time.
 *
 * @example
 * ```ts
 * import { type Edge, EdgeSendError, type Message } from '@causeway-aws/edge'
 *
 * export async function refusedOf(edge: Edge, messages: readonly Message[]): Promise<string[]> {
 *   try {
 *     await edge.send(messages)
 *     return []
 *   } catch (error) {
 *     if (!(error instanceof EdgeSendError)) throw error
 *     return error.notAccepted.map(({ trackingId }) => trackingId)
 *   }
 * }
 * ```
 */
export class EdgeSendError extends CausewayError {
  readonly queueUrl: string
  /** In the order in which they were to be sent. */
  readonly notAccepted: readonly NotAccepted[]
  /** Whether some of the messages are at fault themselves. If none is, the queue would take no other, either. */
  readonly ofMessages: boolean

  constructor(queueUrl: string, notAccepted: readonly NotAccepted[], total: number) {
    const retryable = notAccepted.every((message) => message.retryable)
    const advice = retryable ? 'send them again' : 'see to the reasons before you send them again'
    super(`${queueUrl} did not accept ${notAccepted.length} of ${total} messages: ${named(notAccepted)}; ${advice}.`, {
      code: 'EdgeSendError',
      retryable,
      cause: notAccepted.find(({ cause }) => cause !== undefined)?.cause,
    })
    this.queueUrl = queueUrl
    this.notAccepted = notAccepted
    this.ofMessages = notAccepted.some(({ ofMessage }) => ofMessage)
  }
}

/** The first three reasons, each with the first three messages that it holds for. */
function named(notAccepted: readonly NotAccepted[]): string {
  const byReason = [...Map.groupBy(notAccepted, ({ reason }) => reason)]
  const reasons = byReason.map(([reason, messages]) => {
    return `${reason} (${few(messages.map(({ trackingId }) => trackingId)).join(', ')})`
  })
  return few(reasons).join('; ')
}

function few(all: readonly string[]): string[] {
  return all.length <= 3 ? [...all] : [...all.slice(0, 3), `${all.length - 3} more`]
}
