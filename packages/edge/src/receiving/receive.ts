import type { SQSClient } from '@aws-sdk/client-sqs'
import { parseOptions } from '@causeway-aws/auth'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import * as v from 'valibot'
import { queueUrlOf } from '../queue.ts'
import { gathering } from '../sending/gather.ts'
import { sqsClientSchema } from '../sqs-client.ts'
import { closingAfter } from './closing.ts'
import { recordsOf } from './event.ts'
import { type LaneReport, lanesOf, runLanes } from './lanes.ts'
import { type NodeOptions, nodeEntries } from './node-options.ts'
import { onRecord } from './on-record.ts'
import type { Processor } from './processor.ts'
import { createRun } from './run.ts'
import { reportStaying } from './stay.ts'
import { createVisibility } from './visibility.ts'

/** How the messages of an event are received. */
export interface ReceiveOptions extends NodeOptions {
  /**
   * Once it is aborted no new message is taken, and what a running one sends is cut: its message fails and comes again.
   * `receive` then answers as soon as the processors that are running have ended, and a second later does not wait for
   * its own requests any more.
   */
  readonly signal?: AbortSignal
  /**
   * When the invocation is ended, in milliseconds since 1970: with `idempotency` nobody else runs its messages before.
   * Default: in 15 minutes, the longest that a function runs.
   */
  readonly deadline?: number
  /**
   * Says of each message that failed when it comes again (`retryDelay`), and of those that were not run that they come
   * at once. Without it all of them come after the queue's visibility timeout. Make it with
   * `useQueueUrlAsEndpoint: false`.
   */
  readonly client?: SQSClient
}

const optionsSchema = v.strictObject({
  ...nodeEntries,
  signal: v.optional(v.instance(AbortSignal, 'must be an AbortSignal'), () => new AbortController().signal),
  deadline: v.optional(v.pipe(v.number('must be a number'), v.finite('must be finite')), () => Date.now() + 900_000),
  client: v.optional(sqsClientSchema),
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
  const settings = parseOptions('receive', optionsSchema, options)
  const { signal, deadline, client, concurrency, logger, targets, audit, retryDelay } = settings
  const records = recordsOf(event)
  // What asks nobody but the targets has nothing to be cut later than its sends.
  using closing = client || settings.idempotency || settings.deadLetters || audit ? closingAfter(signal) : undefined
  const cut = closing?.signal ?? signal
  const taken = Date.now()
  const failed = new Set<SQSRecord>()
  const settled: Promise<void>[] = []
  const visibility = client && createVisibility({ client, queueUrlOf, receivedAt: () => taken, logger, signal: cut })
  const staying = reportStaying(logger, visibility, retryDelay, (record) => failed.add(record))
  const settle = onRecord({ signal: cut, staying })
  const report: LaneReport = {
    ...staying,
    done(left, outcome) {
      if (outcome?.recorded) settled.push(settle(left, outcome.recorded))
    },
  }

  const run = createRun(settings, gathering(targets, signal), processor)
  const limits = {
    signal,
    closing: cut,
    until: deadline,
    isCutShort: (begun: number) => signal.aborted && begun - taken > deadline - begun,
  }
  const lanes = lanesOf(records)
  // The workers share one iterator, so each takes the next lane that nobody has taken.
  const waiting = lanes.values()
  const workers = Math.min(concurrency, lanes.length)
  await Promise.all(Array.from({ length: workers }, () => runLanes(waiting, run, signal, () => limits, report)))
  if (audit) {
    audit.flush().catch(() => {}) // each record says by itself whether it was accepted
    await Promise.all(settled)
  }
  await visibility?.settled()
  if (failed.size === 0) return { batchItemFailures: [] }
  return { batchItemFailures: records.filter((record) => failed.has(record)).map(itemFailure) }
}

function itemFailure({ messageId }: SQSRecord): SQSBatchResponse['batchItemFailures'][number] {
  return { itemIdentifier: messageId }
}
