import type { Message as ReceivedMessage } from '@aws-sdk/client-sqs'
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda'
import { expanded, maxInlineExpandedBytes } from '../large-bodies/inline-gzip.ts'
import { parseReference } from '../large-bodies/reference.ts'
import { faultOf, isTrackingId, type Message, MessageError } from './message.ts'

/** The parts of a Lambda function's SQS record that carry a message. */
export type WireRecord = Pick<SQSRecord, 'messageId' | 'body' | 'messageAttributes'> & {
  readonly attributes: Pick<SQSRecord['attributes'], 'MessageGroupId'>
}

/** What an edge knows of its messages. */
export interface DecodeOptions {
  /** The type of a message that carries none, as those of an EchoStream node do. */
  readonly messageType?: string | undefined
  /** The largest body that is expanded from gzip in the message itself, in bytes. Default: 4 MiB. */
  readonly maxExpandedBytes?: number | undefined
}

/** No message of SQS has more: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
const maxAttributes = 10

/**
 * Reads a message from a record of a Lambda function's SQS event. A message that has no group id, which only a standard
 * queue allows, is its own group. Attributes of other names are ignored.
 *
 * A sender that knows nothing of Causeway (the AWS CLI, a rule of EventBridge) gives no tracking id: SQS's message id,
 * a UUID that is the same at every delivery, is taken instead.
 *
 * A body that is in S3 is left there: the message has its `bodyReference`, which `withBody` reads.
 *
 * @throws {MessageError} when an attribute is malformed, or there is no type, or a compressed body cannot be expanded.
 *
 * @example
 * ```ts
 * import { decodeMessage, type Message } from '@causeway-aws/edge'
 * import type { SQSEvent } from 'aws-lambda'
 *
 * export function messagesOf(event: SQSEvent): Message[] {
 *   return event.Records.map((record) => decodeMessage(record, { messageType: 'order' }))
 * }
 * ```
 */
export function decodeMessage(record: WireRecord, options: DecodeOptions = {}): Message {
  const attributes = record.messageAttributes
  const count = Object.keys(attributes).length
  if (count > maxAttributes) throw new MessageError(`it has ${count} attributes, and SQS carries ${maxAttributes}`)
  const trackingId = text('trackingId', attributes.trackingId) ?? record.messageId.replaceAll('-', '')
  const type = text('messageType', attributes.messageType) ?? options.messageType
  if (type === undefined) {
    throw new MessageError('it has no attribute "messageType", and this edge has no type for messages without one')
  }
  const { body, bodyReference } = bodyOf(record, options)
  const plain: Message = {
    body,
    type,
    trackingId,
    previousTrackingIds: list(text('prevTrackingIds', attributes.prevTrackingIds)),
    groupId: record.attributes.MessageGroupId ?? trackingId,
  }
  const message = bodyReference === undefined ? plain : { ...plain, bodyReference }
  const fault = faultOf(message)
  if (fault !== undefined) throw new MessageError(fault)
  return message
}

/**
 * Reads a message from the answer to ReceiveMessage. Ask for all attributes:
 * `MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['MessageGroupId']`.
 *
 * @throws {MessageError} when an attribute is malformed, or there is no type.
 *
 * @example
 * ```ts
 * import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
 * import { decodeReceivedMessage, type Message } from '@causeway-aws/edge'
 *
 * export async function poll(client: SQSClient, queueUrl: string): Promise<Message[]> {
 *   const { Messages = [] } = await client.send(
 *     new ReceiveMessageCommand({
 *       QueueUrl: queueUrl,
 *       MaxNumberOfMessages: 10,
 *       MessageAttributeNames: ['All'],
 *       MessageSystemAttributeNames: ['MessageGroupId'],
 *     }),
 *   )
 *   return Messages.map((received) => decodeReceivedMessage(received))
 * }
 * ```
 */
export function decodeReceivedMessage(received: ReceivedMessage, options: DecodeOptions = {}): Message {
  const messageAttributes: SQSRecord['messageAttributes'] = {}
  for (const [name, { DataType = '', StringValue }] of Object.entries(received.MessageAttributes ?? {})) {
    messageAttributes[name] = { dataType: DataType, stringValue: StringValue }
  }
  const attributes = { MessageGroupId: received.Attributes?.MessageGroupId }
  const { MessageId: messageId = '', Body: body = '' } = received
  return decodeMessage({ messageId, body, attributes, messageAttributes }, options)
}

/** The tracking id of a record, if it can be read: for a log about a message that cannot. */
export function trackingIdOf({ messageAttributes, messageId }: WireRecord): string | undefined {
  const value = messageAttributes.trackingId?.stringValue ?? messageId.replaceAll('-', '')
  return isTrackingId(value) ? value : undefined
}

/** The body as the message carries it, expanded, or where it is. */
function bodyOf(
  { body, messageAttributes }: WireRecord,
  { maxExpandedBytes = maxInlineExpandedBytes }: DecodeOptions,
): Pick<Message, 'body' | 'bodyReference'> {
  const encoding = text('contentEncoding', messageAttributes.contentEncoding)
  const reference = text('bodyRef', messageAttributes.bodyRef)
  if (reference !== undefined) {
    if (encoding !== undefined) throw new MessageError('it has both a "bodyRef" and a "contentEncoding"')
    const bodyReference = parseReference(reference)
    if (typeof bodyReference === 'string') throw new MessageError(bodyReference)
    return { body: '', bodyReference }
  }
  if (encoding === undefined) return { body }
  if (encoding !== 'gzip')
    throw new MessageError('its attribute "contentEncoding" is not "gzip", which is all that is known')
  const result = expanded(body, maxExpandedBytes)
  if ('fault' in result) throw new MessageError(result.fault)
  return result
}

function text(name: string, attribute: SQSMessageAttribute | undefined): string | undefined {
  if (attribute === undefined) return undefined
  if (attribute?.dataType !== 'String' || typeof attribute.stringValue !== 'string') {
    throw new MessageError(`its attribute "${name}" is not of type String`)
  }
  return attribute.stringValue
}

function list(json: string | undefined): string[] {
  if (json === undefined) return []
  try {
    return JSON.parse(json)
  } catch {
    // JSON.parse quotes what it could not read, so its error is no cause of ours.
    throw new MessageError('its attribute "prevTrackingIds" is not JSON')
  }
}
