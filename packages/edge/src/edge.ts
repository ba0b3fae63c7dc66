import type { SQSClient } from '@aws-sdk/client-sqs'
import { parseOptions } from '@causeway-aws/auth'
import pLimit from 'p-limit'
import * as v from 'valibot'
import { type Backoff, fullJitter } from './backoff.ts'
import { countSchema } from './count.ts'
import { EdgeSendError } from './edge-send-error.ts'
import type { Message } from './message.ts'
import { queueUrlSchema } from './queue.ts'
import { sendInRounds } from './send.ts'

/** Which queue an edge sends to, and how. */
export interface EdgeOptions {
  /** The edge's queue. */
  readonly queueUrl: string
  /** What the requests are made with. Its own retries come before those of the edge. */
  readonly client: SQSClient
  /**
   * The largest message, and the largest batch, in bytes as SQS counts them. Give the queue's own limit where that is
   * lower: queues made before August 2025 often have 262,144. Default: 1,048,576 (1 MiB), the most that SQS takes.
   */
  readonly maxBytes?: number
  /** How many requests may be in flight at a time. Default: 10. */
  readonly concurrency?: number
  /** How often a message is tried, the first time included. Default: 6. */
  readonly maxAttempts?: number
  /** How long to wait between attempts. Default: `fullJitter()`, which adds up to 3.1 seconds at the most. */
  readonly backoff?: Backoff
}

/** How one send is made. */
export interface SendOptions {
  /** Ends the send at once. What is under way then may or may not have been accepted. */
  readonly signal?: AbortSignal
}

/** The sending end of an edge. */
export interface Edge {
  readonly queueUrl: string
  /**
   * Sends messages, and resolves only when SQS has accepted every one of them. On a FIFO queue those of one group are
   * accepted in the order given, after one another; wait for a send before the next one of the same group. A standard
   * queue keeps no order, so there batches are sent side by side.
   *
   * @throws {EdgeSendError} naming each message that was not accepted, and why. The others were.
   */
  send(messages: readonly Message[], options?: SendOptions): Promise<void>
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html ("Message size")
const sqsMaxBytes = 1_048_576

const optionsSchema = v.strictObject({
  queueUrl: queueUrlSchema,
  client: v.custom<SQSClient>((client) => typeof (client as SQSClient)?.send === 'function', 'must be an SQS client'),
  maxBytes: v.optional(v.pipe(countSchema, v.maxValue(sqsMaxBytes, 'must be at most 1048576')), sqsMaxBytes),
  concurrency: v.optional(countSchema, 10),
  maxAttempts: v.optional(countSchema, 6),
  backoff: v.optional(v.custom<Backoff>((backoff) => typeof backoff === 'function', 'must be a function')),
})

/**
 * Makes the sending end of an edge. It packs batches by count and bytes, keeps the order of each group, and tries
 * again what SQS throttled or failed on. One edge serves any number of sends at a time.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { SQSClient } from '@aws-sdk/client-sqs'
 * import { createEdge, createMessage, EdgeSendError } from '@causeway-aws/edge'
 *
 * const orders = createEdge({
 *   queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo',
 *   client: new SQSClient(),
 * })
 * try {
 *   await orders.send([createMessage({ type: 'order', body: '{"id":7}', groupId: 'customer-7' })])
 * } catch (error) {
 *   if (!(error instanceof EdgeSendError)) throw error
 *   for (const { trackingId, reason } of error.notAccepted) process.stderr.write(`${trackingId}: ${reason}\n`)
 * }
 * ```
 */
export function createEdge(options: EdgeOptions): Edge {
  const { concurrency, backoff = fullJitter(), ...rest } = parseOptions('createEdge', optionsSchema, options)
  const settings = { ...rest, backoff, limit: pLimit(concurrency) }
  return {
    queueUrl: settings.queueUrl,
    async send(messages, { signal = new AbortController().signal } = {}) {
      const notAccepted = await sendInRounds(messages, settings, signal)
      if (notAccepted.length > 0) throw new EdgeSendError(settings.queueUrl, notAccepted, messages.length)
    },
  }
}
