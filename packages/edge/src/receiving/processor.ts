import type { Logger } from '../logger.ts'
import type { Changes, Message } from '../wire/message.ts'

/** What a processor is given beside its message. */
export interface ProcessorContext {
  /** Aborted when no new message is taken any more, and sends are cut: what can be left undone should be. */
  readonly signal: AbortSignal
  /**
   * Sends a message to a queue, by its URL, which has to be one of the node's targets, and answers it: the received
   * message with other body, type or group id where they are given (see `childOf`). The received message counts as
   * processed only when everything it sent was accepted, whether the processor waited for that or not. Messages of one
   * group that are sent one right after the other keep their order; wait for a send before a later one of its group.
   */
  readonly send: (target: string, changes?: Changes) => Promise<Message>
  /**
   * Adds to the message's audit record: no body and no secret. Without an audit it is nothing.
   *
   * @throws {InvalidOptions} for what is no object, or more than 4,096 bytes as JSON with what was added before.
   */
  readonly audit: (attributes: Readonly<Record<string, unknown>>) => void
  /** The bytes of the body, wherever it is. One that is in S3 is read as it comes, and its end means that it was whole. */
  readonly bodyStream: () => AsyncIterable<Uint8Array>
  /** Each of its lines carries the message's tracking id. */
  readonly logger: Logger
}

/**
 * The code that a node runs on a message. When it resolves, whatever with, and all that it sent was accepted, the message is done;
 * when it throws, the message comes again. So it may run more than once for one message.
 *
 * @example
 * ```ts
 * import type { Processor } from '@causeway-aws/edge'
 *
 * const large = 'https://sqs.eu-west-1.amazonaws.com/111111111111/large-orders.fifo'
 *
 * export const filter: Processor = async (order, { send, logger }) => {
 *   const { total } = JSON.parse(order.body)
 *   if (total >= 1_000) await send(large)
 *   else logger.debug('order left out', { total })
 * }
 * ```
 */
export type Processor = (message: Message, context: ProcessorContext) => Promise<unknown>
