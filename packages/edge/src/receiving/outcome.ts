import { CausewayError } from '@causeway-aws/auth'
import type { AuditOutcome } from '../audit/record.ts'
import type { Reason } from './reason.ts'

/** What became of a message. Until it is done it stays on its edge. */
export type Outcome =
  | {
      readonly done: true
      /** What the audit says of it. */
      readonly as: AuditOutcome
      readonly notes: Readonly<Record<string, unknown>>
      /** Settles when its audit record was accepted, where there is an audit: it may be acknowledged only then. */
      readonly recorded?: Promise<void>
    }
  | {
      readonly done: false
      readonly reason: Reason
      /** What its processor noted for the audit, which says it when the message is given up. */
      readonly notes?: Readonly<Record<string, unknown>>
      /** In how many milliseconds it may come again. */
      readonly after: number
      /** Whether the run does not count: the processor asked for another, or this one had less than its time. */
      readonly uncounted?: boolean
    }

/**
 * What a processor throws to drop its message: it is done, and the log and the audit record say why. What it has sent
 * before must still be accepted.
 *
 * @example
 * ```ts
 * import { Discard, type Processor } from '@causeway-aws/edge'
 *
 * export const onlyPaid: Processor = async (order, { send }) => {
 *   if (JSON.parse(order.body).paid !== true) throw new Discard('the order is not paid')
 *   await send('https://sqs.eu-west-1.amazonaws.com/111111111111/paid-orders.fifo')
 * }
 * ```
 */
export class Discard extends CausewayError {
  readonly reason: string

  constructor(reason: string) {
    super(`The message is dropped: ${reason}.`, { code: 'Discard' })
    this.reason = reason
  }
}

const longestVisibility = 43_200

/**
 * What a processor throws to have its message again later, without that this counts as a failed attempt: something that
 * the message needs is not there yet. On a FIFO queue the rest of its group waits with it. It comes earlier than asked for
 * when SQS would refuse that: no message is hidden for longer than twelve hours from its receive, which may be five
 * minutes before it is run. After 900 receives it is given up: SQS would do so after 1,000, and say no reason.
 *
 * @throws {RangeError} for a time that is not from 0 to 43,200 seconds, SQS's longest visibility timeout.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 *
 * @example
 * ```ts
 * import { type Processor, Retry } from '@causeway-aws/edge'
 *
 * export const whenOpen: Processor = async (_, { send }) => {
 *   if (new Date().getUTCHours() < 6) throw new Retry(600)
 *   await send('https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo')
 * }
 * ```
 */
export class Retry extends CausewayError {
  readonly afterSeconds: number

  constructor(afterSeconds: number) {
    if (!(afterSeconds >= 0 && afterSeconds <= longestVisibility)) {
      throw new RangeError(`A message can come again after 0 to ${longestVisibility} seconds.`)
    }
    super(`The processor asks for the message again after ${afterSeconds} seconds.`, { code: 'Retry', retryable: true })
    this.afterSeconds = afterSeconds
  }
}
