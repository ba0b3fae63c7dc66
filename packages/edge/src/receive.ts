import { parseOptions } from '@causeway-aws/auth'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import * as v from 'valibot'
import { countSchema } from './count.ts'
import { decodeMessage, trackingIdOf } from './decode.ts'
import { recordsOf } from './event.ts'
import { gathering } from './gather.ts'
import { aboutMessage, type Logger } from './logger.ts'
import { settlingSends } from './outbox.ts'
import type { Processor } from './processor.ts'
import { isFifo } from './queue.ts'
import { type Reason, reasonOf } from './reason.ts'
import { type Targets, UnknownTargetError } from './targets.ts'

/** How the messages of an event are received. */
export interface ReceiveOptions {
  readonly logger: Logger
  /** How many messages (on a FIFO queue: groups) are processed at a time. Default: 10. */
  readonly concurrency?: number
  /** The type of messages that carry none, as those of an EchoStream node do. Without it they fail. */
  readonly messageType?: string | undefined
  /**
   * Once it is aborted no new message is taken, and what a running one sends is cut: its message fails and comes again.
   * `receive` then answers as soon as the processors that are running have ended.
   */
  readonly signal?: AbortSignal
  /** Where a processor may send to, made by `createTargets`. Default: nowhere. */
  readonly targets?: Targets
}

const optionsSchema = v.strictObject({
  logger: v.custom<Logger>((logger) => typeof (logger as Logger)?.error === 'function', 'must be a logger'),
  concurrency: v.optional(countSchema, 10),
  messageType: v.optional(v.string('must be a string')),
  signal: v.optional(v.instance(AbortSignal, 'must be an AbortSignal')),
  targets: v.optional(v.custom<Targets>((targets) => typeof targets === 'function', 'must be what createTargets made')),
})

/**
 * Runs a processor on every message of an SQS event, and answers which failed, so that Lambda deletes only the others.
 * The function's event source mapping must have `FunctionResponseTypes: [ReportBatchItemFailures]`; without it every
 * message counts as processed.
 *
 * On a FIFO queue the messages of one group run one after the other, and when one fails the rest of its group in this
 * event is not run and fails too; groups run side by side. On a standard queue every message is on its own. Each
 * failure is logged once, without the body.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 *
 * @throws {EventError} when the event is not one of SQS. No message's failure makes it reject.
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { type Logger, type Processor, receive } from '@causeway-aws/edge'
 * import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
 *
 * const print: Processor = async (message, { logger }) => {
 *   logger.info('message received', { type: message.type })
 * }
 *
 * export function handle(event: SQSEvent, logger: Logger): Promise<SQSBatchResponse> {
 *   return receive(event, { logger, messageType: 'order', concurrency: 5 }, print)
 * }
 * ```
 */
export async function receive(
  event: SQSEvent,
  options: ReceiveOptions,
  processor: Processor,
): Promise<SQSBatchResponse> {
  const {
    logger,
    concurrency,
    messageType,
    signal = new AbortController().signal,
    targets = nowhere,
  } = parseOptions('receive', optionsSchema, options)
  const records = recordsOf(event)
  const failed = new Set<SQSRecord>()
  const outgoing = gathering(targets, signal)

  function run(record: SQSRecord): Promise<void> {
    const message = decodeMessage(record, { messageType })
    return settlingSends(
      message,
      outgoing,
      (send) => processor(message, { signal, send, logger: aboutMessage(logger, message.trackingId) }),
      (late) => logger.error('message sent too late', describe(record, reasonOf(late, message.body))),
    )
  }

  function skip(skipped: readonly SQSRecord[], reason: Reason): void {
    for (const record of skipped) {
      failed.add(record)
      logger.warn('message not run', describe(record, reason))
    }
  }

  // Not split further: one more async call for each message is a tenth of what receiving it costs.
  async function work(lanes: Iterable<readonly SQSRecord[]>): Promise<void> {
    for (const lane of lanes) {
      let taken = 0
      for (const record of lane) {
        if (signal.aborted) {
          skip(lane.slice(taken), notTaken(signal))
          break
        }
        taken += 1
        try {
          await run(record)
        } catch (error) {
          failed.add(record)
          logger.error('message failed', describe(record, reasonOf(error, record.body)))
          skip(lane.slice(taken), { reason: `not run, because ${record.messageId} of its group failed` })
          break
        }
      }
    }
  }

  const lanes = lanesOf(records)
  // The workers share one iterator, so each takes the next lane that nobody has taken.
  const waiting = lanes.values()
  await Promise.all(Array.from({ length: Math.min(concurrency, lanes.length) }, () => work(waiting)))
  return { batchItemFailures: records.filter((record) => failed.has(record)).map(itemFailure) }
}

function nowhere(queueUrl: string): never {
  throw new UnknownTargetError(queueUrl, [])
}

function notTaken(signal: AbortSignal): Reason {
  return { reason: `not run, because no new message is taken any more: ${reasonOf(signal.reason).reason}` }
}

/** What has to run in order: a group of a FIFO queue, a message of a standard one. */
function lanesOf(records: readonly SQSRecord[]): (readonly SQSRecord[])[] {
  if (!records.some(({ eventSourceARN }) => isFifo(eventSourceARN))) return records.map((record) => [record])
  return [...Map.groupBy(records, laneOf).values()]
}

function laneOf(record: SQSRecord): unknown {
  const { eventSourceARN, attributes } = record
  return isFifo(eventSourceARN) ? `${eventSourceARN} ${attributes.MessageGroupId}` : record
}

function describe(record: SQSRecord, reason: Reason): Record<string, unknown> {
  return { messageId: record.messageId, trackingId: trackingIdOf(record), queue: record.eventSourceARN, ...reason }
}

function itemFailure({ messageId }: SQSRecord): SQSBatchResponse['batchItemFailures'][number] {
  return { itemIdentifier: messageId }
}
