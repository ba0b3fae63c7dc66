import type { MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import { faultOf, type Message, MessageError, maxPreviousTrackingIds } from './message.ts'

/** The message attributes of the wire format. docs/wire-format.md says it whole. */
export const attributeNames = {
  trackingId: 'trackingId',
  previousTrackingIds: 'prevTrackingIds',
  type: 'messageType',
} as const

/** A message as SQS takes it: the input of SendMessage without its queue, or an entry of SendMessageBatch without its id. */
export type WireMessage = Omit<SendMessageBatchRequestEntry, 'Id'> & {
  MessageBody: string
  MessageGroupId: string
  MessageAttributes: Record<string, MessageAttributeValue>
}

// SQS's own list, which leaves out most control characters and half surrogate pairs. Some SDK versions document that
// SQS refuses a message with another character, some that it silently puts U+FFFD in its place.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const notAllowed = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u

/**
 * Puts a message on the wire: what to give to SendMessage or, with an `Id`, to SendMessageBatch. On a FIFO queue the
 * tracking id is also the deduplication id, so that sending a message again within five minutes sends it once.
 *
 * @throws {MessageError} when a field is malformed or the body has a character that SQS does not allow.
 *
 * @example
 * ```ts
 * import { SendMessageCommand } from '@aws-sdk/client-sqs'
 * import { createMessage, encodeMessage } from '@causeway-aws/edge'
 *
 * export const command: SendMessageCommand = new SendMessageCommand({
 *   QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo',
 *   ...encodeMessage(createMessage({ type: 'order', body: '{"id":7}' }), { fifo: true }),
 * })
 * ```
 */
export function encodeMessage(message: Message, { fifo }: { fifo: boolean }): WireMessage {
  const fault = faultOf(message) ?? characterFaultOf(message.body)
  if (fault !== undefined) throw new MessageError(fault)
  const { body, type, trackingId, previousTrackingIds, groupId } = message
  const MessageAttributes: Record<string, MessageAttributeValue> = {
    [attributeNames.trackingId]: text(trackingId),
    [attributeNames.type]: text(type),
  }
  if (previousTrackingIds.length > 0) {
    const kept = previousTrackingIds.slice(-maxPreviousTrackingIds)
    MessageAttributes[attributeNames.previousTrackingIds] = text(JSON.stringify(kept))
  }
  return {
    MessageBody: body,
    MessageAttributes,
    MessageGroupId: groupId,
    ...(fifo && { MessageDeduplicationId: trackingId }),
  }
}

/**
 * The size of a message as SQS counts it: the UTF-8 bytes of the body and of every attribute's name, type and value.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 *
 * @example
 * ```ts
 * import { createMessage, encodeMessage, wireBytes } from '@causeway-aws/edge'
 *
 * export const bytes: number = wireBytes(encodeMessage(createMessage({ type: 'order', body: 'ü' }), { fifo: false }))
 * ```
 */
export function wireBytes({ MessageBody, MessageAttributes }: WireMessage): number {
  let bytes = Buffer.byteLength(MessageBody)
  for (const [name, { DataType = '', StringValue = '' }] of Object.entries(MessageAttributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue)
  }
  return bytes
}

function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value }
}

function characterFaultOf(body: string): string | undefined {
  const codePoint = notAllowed.exec(body)?.[0].codePointAt(0)
  if (codePoint === undefined) return undefined
  return `its body has U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}, a character that SQS does not allow`
}
