import type { Message as ReceivedMessage } from '@aws-sdk/client-sqs'
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda'
import { faultOf, isTrackingId, type Message, MessageError } from './message.ts'

/** The parts of a Lambda function's SQS record that carry a message. */
export type WireRecord = Pick<SQSRecord, 'messageId' | 'body' | 'messageAttributes'> & {
  readonly attributes: Pick<SQSRecord['attributes'], 'MessageGroupId'>
}

/** What an edge knows of its messages. */
export interface DecodeOptions {
  /** The type of a message that carries none, as those of an EchoStream node do. */
  readonly messageType?: string | undefined
}

/**
 * Reads a message from a record of a Lambda function's SQS event. A message that has no group id, which only a standard
 * queue allows, is its own group. Attributes of other names are ignored.
 *
 * A sender that knows nothing of Causeway (the AWS CLI, a rule of EventBridge) gives no tracking id: SQS's message id,
 * a UUID that is the same at every delivery, is taken instead.
 *
 * @throws {MessageError} when an attribute is malformed, or there is no type.
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
export function decodeMessage(record: WireRecord, { messageType }: DecodeOptions = {}): Message {
  const attributes = record.messageAttributes
  const trackingId = text('trackingId', attributes.trackingId) ?? record.messageId.replaceAll('-', '')
  const type = text('messageType', attributes.messageType) ?? messageType
  if (type === undefined) {
    throw new MessageError('it has no attribute "messageType", and this edge has no type for messages without one')
  }
  const message: Message = {
    body: record.body,
    type,
    trackingId,
    previousTrackingIds: list(text('prevTrackingIds', attributes.prevTrackingIds)),
    groupId: record.attributes.MessageGroupId ?? trackingId,
  }
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
