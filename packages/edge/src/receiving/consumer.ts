import type { SQSClient } from '@aws-sdk/client-sqs'
import { CausewayError, parseOptions } from '@causeway-aws/auth'
import type { SQSRecord } from 'aws-lambda'
import pLimit from 'p-limit'
import * as v from 'valibot'
import { countSchema } from '../count.ts'
import { queueUrlSchema } from '../queue.ts'
import { gathering } from '../sending/gather.ts'
import { sqsClientSchema } from '../sqs-client.ts'
import { untilAborted } from '../until-aborted.ts'
import { createAcknowledgement } from './acknowledge.ts'
import { closingAfter } from './closing.ts'
import { type Lane, type LaneReport, lanesOf, runLanes } from './lanes.ts'
import { type NodeOptions, nodeEntries } from './node-options.ts'
import { onRecord } from './on-record.ts'
import { createPoll } from './poll.ts'
import { endingWithProcess } from './process-end.ts'
import type { Processor } from './processor.ts'
import { createRun } from './run.ts'
import type { RunLimits } from './run-limits.ts'
import { reportStaying } from './stay.ts'
import { timeLimit } from './time-limit.ts'
import { createVisibility } from './visibility.ts'

/** How a process consumes an edge. */
export interface ConsumerOptions extends NodeOptions {
  readonly queueUrl: string
  /** Receives, hides and deletes messages. */
  readonly client: SQSClient
  /**
   * Ends the consumer: nothing more is received, and what runs may end. Default: when the process gets SIGTERM or SIGINT.
   */
  readonly signal?: AbortSignal
  /**
   * How long, in milliseconds, what runs may go on after that before it is cut, at most eleven hours. Default: 20,000.
   */
  readonly drainTimeout?: number
  /**
   * How long, in milliseconds, one message may take before it is cut, at most eleven hours: SQS hides it for twelve.
   * Default: 120,000. The message of a process that was killed is run again 30 seconds after that, and alone, when what
   * runs then has ended: a FIFO target, which takes the same message once in five minutes, must not have forgotten it.
   */
  readonly timeout?: number
  /**
   * For how long, in seconds, a message is hidden at a time; a third of it later it is hidden again, as long as it is
   * worked on. So long it takes until another consumer has the messages of one that was killed. Default: 60.
   */
  readonly visibilityTimeout?: number
}

const seconds = v.pipe(countSchema, v.maxValue(43_200, 'must be at most 43200'))

/** Less than the twelve hours for which SQS hides a message. Beyond 2^31 Node would take it for a millisecond. */
const duration = v.pipe(countSchema, v.maxValue(39_600_000, 'must be at most 39600000'))

const optionsSchema = v.strictObject({
  ...nodeEntries,
  queueUrl: queueUrlSchema,
  client: sqsClientSchema,
  signal: v.optional(v.instance(AbortSignal, 'must be an AbortSignal')),
  drainTimeout: v.optional(duration, 20_000),
  timeout: v.optional(duration, 120_000),
  visibilityTimeout: v.optional(seconds, 60),
})

/**
 * How many messages for each that runs may wait for their audit record before no more are received: as many as come in a
 * fifth of a second, in which records are gathered and stored, at ten milliseconds a poll.
 */
const mostWaiting = 20

/** What another run of a message must wait beyond `timeout`, in which what was cut comes to its end. */
const grace = 30_000

/**
 * Consumes an edge in any process: a container, a virtual machine, a service of systemd. It polls for up to 20 seconds at a
 * time, runs the messages of a group in order and groups side by side, keeps them hidden while they are worked on, and
 * deletes what is done. Resolves when it was ended and what it had begun is done, or was given back.
 *
 * @throws {InvalidOptions} naming the option. Rejects with an {@link EdgeReceiveError} when SQS refuses to let it receive.
 *
 * @example
 * ```ts
 * import { SQSClient } from '@aws-sdk/client-sqs'
 * import { edgeConsumer, type Logger, type Processor } from '@causeway-aws/edge'
 *
 * const print: Processor = async (message, { logger }) => {
 *   logger.info('message received', { type: message.type })
 * }
 *
 * export function main(logger: Logger): Promise<void> {
 *   const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo'
 *   return edgeConsumer({ queueUrl, client: new SQSClient(), logger, messageType: 'order' }, print)
 * }
 * ```
 */
export async function edgeConsumer(options: ConsumerOptions, processor: Processor): Promise<void> {
  const { queueUrl, client, signal, drainTimeout, timeout, visibilityTimeout, concurrency, ...settings } = parseOptions(
    'edgeConsumer',
    optionsSchema,
    options,
  )
  const { logger, targets, audit, retryDelay } = settings
  using stop = signal ? { signal, [Symbol.dispose]: () => {} } : endingWithProcess()
  const cut = new AbortController()
  using closing = closingAfter(cut.signal)
  /** When each message was received. */
  const receives = new WeakMap<SQSRecord, number>()
  const visibility = createVisibility({
    client,
    queueUrlOf: () => queueUrl,
    receivedAt: (record) => receives.get(record) ?? Date.now(),
    logger,
    signal: closing.signal,
  })
  const acknowledgement = createAcknowledgement(client, queueUrl, logger, closing.signal)
  const run = createRun(settings, gathering(targets, cut.signal), processor)
  const limit = pLimit(concurrency)
  const lanes = new Set<Promise<void>>()
  /** The messages that are done and wait for their audit record. */
  const waiting = new Set<Promise<void>>()
  /** The messages in hand, and until when each is kept hidden: infinity before its turn has come. */
  const held = new Map<SQSRecord, number>()

  function acknowledge(record: SQSRecord): void {
    held.delete(record)
    acknowledgement.add(record)
  }

  const staying = reportStaying(logger, visibility, retryDelay, (record) => held.delete(record))
  const settle = onRecord({ signal: closing.signal, staying, acknowledge })
  const report: LaneReport = {
    ...staying,
    done(left, outcome) {
      if (!outcome?.recorded) return acknowledge(left[0])
      const settled = settle(left, outcome.recorded).finally(() => waiting.delete(settled))
      waiting.add(settled)
    },
  }

  /** The rest of a lane is kept no longer than the message that it waits for, whose processor may never end. */
  function limitsOf(lane: Lane, signal: AbortSignal): RunLimits {
    const taken = Date.now()
    const until = taken + timeout + grace
    for (const record of lane) if (held.has(record)) held.set(record, until)
    // Some of its time may have gone by until one had ended that is run alone.
    const isCutShort = (begun: number) => cut.signal.aborted || (signal.aborted && begun - taken > timeout / 10)
    return { signal, closing: closing.signal, until, isCutShort }
  }

  async function runLane(lane: Lane): Promise<void> {
    using time = timeLimit(timeout, cut.signal)
    await runLanes([lane], run, stop.signal, () => limitsOf(lane, time.next()), report)
  }

  function begin(records: readonly SQSRecord[]): void {
    const now = Date.now()
    for (const record of records) {
      receives.set(record, now)
      held.set(record, Number.POSITIVE_INFINITY)
    }
    for (const lane of lanesOf(records)) {
      const ran = limit(runLane, lane).finally(() => lanes.delete(ran))
      lanes.add(ran)
    }
  }

  /** What waits for its turn is left to other consumers, too, when nothing that runs comes to its end. */
  function keepHidden(): void {
    const now = Date.now()
    const ofThoseBegun = [...held.values()].filter(Number.isFinite)
    const isStuck = ofThoseBegun.length > 0 && ofThoseBegun.every((until) => until <= now)
    for (const [record, until] of held) {
      if (Number.isFinite(until) ? now < until : !isStuck) visibility.change(record, visibilityTimeout * 1000)
    }
  }

  /** While the audit's store is slow, or gone, the queue must not be run on and on, and none of it acknowledged. */
  async function roomForRecords(): Promise<void> {
    audit?.flush().catch(() => {}) // each record says by itself whether it was accepted
    await untilAborted(Promise.race(waiting), stop.signal).catch(() => {})
  }

  // What waits for its turn is then given back at once.
  const giveBack = (): void => {
    limit.concurrency = Number.POSITIVE_INFINITY
  }
  stop.signal.addEventListener('abort', giveBack, { once: true })
  const poll = await createPoll({ client, queueUrl, visibilityTimeout, logger, signal: stop.signal })
  const heartbeat = setInterval(keepHidden, (visibilityTimeout * 1000) / 3)
  try {
    while (!stop.signal.aborted) {
      // As many as run are received before: else each one that ends would cost a poll, and its place stay empty meanwhile.
      while (limit.pendingCount > 0) await Promise.race(lanes)
      while (waiting.size >= concurrency * mostWaiting && !stop.signal.aborted) await roomForRecords()
      begin(await poll(concurrency))
    }
  } finally {
    const end = setTimeout(() => cut.abort(new EndedError()), drainTimeout)
    await Promise.all(lanes)
    audit?.flush().catch(() => {}) // each record says by itself whether it was accepted
    await Promise.all(waiting)
    clearInterval(heartbeat)
    await acknowledgement.settled()
    await visibility.settled()
    // What is waited for here is cut with the runs.
    clearTimeout(end)
    stop.signal.removeEventListener('abort', giveBack)
  }
}

/** The consumer was ended, and what ran did not come to its end in time. */
class EndedError extends CausewayError {
  constructor() {
    super('The consumer is ended.', { code: 'EndedError', retryable: true })
  }
}
