import type { MessageAttributeValue, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import { compressed } from '../large-bodies/inline-gzip.ts'
import { referenceText } from '../large-bodies/reference.ts'
import { faultOf, type Message, MessageError, maxPreviousTrackingIds } from './message.ts'

/** A message as SQS takes it: the input of SendMessage without its queue, or an entry of SendMessageBatch without its id. */
export type WireMessage = Omit<SendMessageBatchRequestEntry, 'Id'> & {
  MessageBody: string
  MessageGroupId: string
  MessageAttributes: Record<string, MessageAttributeValue>
}

/** How a message is put on the wire. */
export interface EncodeOptions {
  readonly fifo: boolean
  /** A body of more bytes is sent as gzip where that is shorter. Default: none is. */
  readonly compressOver?: number | undefined
}

/** What a reader sees that does not know of `bodyRef`: SQS wants a body. */
const elsewhere = 'The body of this message is in S3, where its attribute bodyRef says.'

// Of text without half surrogate pairs this leaves what SQS allows. Some SDKs document that SQS refuses a message with
// another character, some that it puts U+FFFD in its place without a word.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
export const notAllowed: RegExp = /[^\t\n\r\u0020-\uFFFD]/

/**
 * Puts a message on the wire, as docs/wire-format.md says: what to give to SendMessage or, with an `Id`, to
 * SendMessageBatch. On a FIFO queue the tracking id is also the deduplication id, so that sending a message again
 * within five minutes sends it once.
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
export function encodeMessage(message: Message, { fifo, compressOver = Infinity }: EncodeOptions): WireMessage {
  const fault = faultOf(message)
  if (fault !== undefined) throw new MessageError(fault)
  const { bodyReference, type, trackingId, previousTrackingIds, groupId } = message
  const MessageAttributes: Record<string, MessageAttributeValue> = {
    trackingId: text(trackingId),
    messageType: text(type),
  }
  if (previousTrackingIds.length > 0) {
    const kept = previousTrackingIds.slice(-maxPreviousTrackingIds)
    MessageAttributes.prevTrackingIds = text(JSON.stringify(kept))
  }
  let { body } = message
  if (bodyReference) {
    MessageAttributes.bodyRef = text(referenceText(bodyReference))
    body = elsewhere
  } else {
    const gzip = Buffer.byteLength(body) > compressOver ? compressed(body) : undefined
    if (gzip === undefined) refuseCharacters(body)
    else MessageAttributes.contentEncoding = text('gzip')
    body = gzip ?? body
  }
  const wire: WireMessage = { MessageBody: body, MessageAttributes, MessageGroupId: groupId }
  if (fifo) wire.MessageDeduplicationId = trackingId
  return wire
}

/**
 * The size of a message as SQS counts it: the UTF-8 bytes of the body and of every attribute's name, type and value.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
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
  for (const name in MessageAttributes) {
    const { DataType = '', StringValue = '' } = MessageAttributes[name] ?? {}
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue)
  }
  return bytes
}

function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value }
}

function refuseCharacters(body: string): void {
  const position = body.search(notAllowed)
  if (position === -1) return
  const code = body.charCodeAt(position).toString(16).toUpperCase().padStart(4, '0')
  throw new MessageError(`its body has U+${code}, a character that SQS does not allow`)
}
