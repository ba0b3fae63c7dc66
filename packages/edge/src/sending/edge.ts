import { InvalidOptions, parseOptions } from '@causeway-aws/auth'
import pLimit from 'p-limit'
import * as v from 'valibot'
import { type LargeBodies, largeBodiesSchema } from '../large-bodies/large-bodies.ts'
import { queueUrlSchema } from '../queue.ts'
import type { Message } from '../wire/message.ts'
import { type SendingOptions, sendingEntries } from './edge-options.ts'
import { EdgeSendError } from './edge-send-error.ts'
import { sendInRounds } from './send.ts'

/** Which queue an edge sends to, and how. */
export interface EdgeOptions extends SendingOptions {
  /** The edge's queue. */
  readonly queueUrl: string
  /** Where bodies go that are over the queue's limit, made by `createLargeBodies`. Without it they are refused. */
  readonly largeBodies?: LargeBodies | undefined
  /**
   * The large bodies of the edge that messages come from which are sent on. A body that nobody has read is copied from
   * there to `largeBodies`, as it streams. Default: such a message is refused.
   */
  readonly bodiesFrom?: LargeBodies | undefined
}

/** How one send is made. */
export interface SendOptions {
  /** Ends the send at once, whatever it waits for. What is under way then may or may not have been accepted. */
  readonly signal?: AbortSignal
  /** Every body goes to the edge's `largeBodies`, whatever its size. Default: those that are over the queue's limit. */
  readonly large?: boolean
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
   * @throws {InvalidOptions} naming the option.
   */
  send(messages: readonly Message[], options?: SendOptions): Promise<void>
}

const optionsSchema = v.strictObject({
  queueUrl: queueUrlSchema,
  largeBodies: v.optional(largeBodiesSchema),
  bodiesFrom: v.optional(largeBodiesSchema),
  ...sendingEntries,
})

const sendOptionsSchema = v.strictObject({
  signal: v.optional(v.instance(AbortSignal, 'must be an AbortSignal')),
  large: v.optional(v.boolean('must be true or false'), false),
})

/**
 * Makes the sending end of an edge. It packs batches by count and bytes, keeps the order of each group, and tries
 * again what SQS throttled or failed on; so the client should not (`maxAttempts: 1`). One edge serves any number of
 * sends at a time.
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
 *   client: new SQSClient({ maxAttempts: 1 }),
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
  const { concurrency, ...rest } = parseOptions('createEdge', optionsSchema, options)
  const settings = { ...rest, limit: pLimit(concurrency) }
  return {
    queueUrl: settings.queueUrl,
    async send(messages, options = {}) {
      const { signal, large } = parseOptions('send', sendOptionsSchema, options)
      if (large && !settings.largeBodies) throw new InvalidOptions('send: large is for an edge that has largeBodies.')
      const notAccepted = await sendInRounds(messages, settings, { signal, large })
      if (notAccepted.length > 0) throw new EdgeSendError(settings.queueUrl, notAccepted, messages.length)
    },
  }
}
