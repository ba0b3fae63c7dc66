import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { maxSqsBytes } from '../sending/edge-options.ts'

export type Attribute = readonly [name: string, value: MessageAttributeValue]

/** What a message cannot be read again without, and what tells it from the one that was given up before. */
export const needed: readonly string[] = ['trackingId', 'bodyRef', 'contentEncoding', 'messageType', 'redrive']

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
const maxAttributes = 10

/** The reason of a letter whose own is longer than what its body leaves. */
export const noRoomForReason: Attribute = ['reason', { DataType: 'String', StringValue: 'no room to say why' }]

/** As many as fit beside the body, the first before the others. The body may fill a message: it is worth more than all of them. */
export function fitting(body: string, attributes: readonly Attribute[]): Record<string, MessageAttributeValue> {
  let bytes = Buffer.byteLength(body)
  const fit: Record<string, MessageAttributeValue> = {}
  for (const [name, value] of attributes.slice(0, maxAttributes)) {
    const size = bytesOf(name, value)
    if (bytes + size > maxSqsBytes) continue
    bytes += size
    fit[name] = value
  }
  return fit
}

/** Whether one more attribute would fit beside the body and those that are there. */
export function hasRoom(body: string, had: Readonly<Record<string, MessageAttributeValue>>, more: Attribute): boolean {
  const others = Object.entries(had).map(([name, value]) => bytesOf(name, value))
  return [Buffer.byteLength(body), ...others, bytesOf(...more)].reduce((sum, size) => sum + size) <= maxSqsBytes
}

function bytesOf(name: string, value: MessageAttributeValue): number {
  const { DataType = '', StringValue = '', BinaryValue = '' } = value
  return [name, DataType, StringValue, BinaryValue].reduce((sum, part) => sum + Buffer.byteLength(part), 0)
}

export function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value }
}
