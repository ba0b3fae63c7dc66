import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { maxSqsBytes } from './edge-options.ts'

export type Attribute = readonly [name: string, value: MessageAttributeValue]

/** What a message cannot be read again without, and what tells it from the one that was given up before. */
export const needed: readonly string[] = ['trackingId', 'bodyRef', 'contentEncoding', 'messageType', 'redrive']

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
const maxAttributes = 10

/** As many as fit beside the body, the first before the others. The body may fill a message: it is worth more than all of them. */
export function fitting(body: string, attributes: readonly Attribute[]): Record<string, MessageAttributeValue> {
  let bytes = Buffer.byteLength(body)
  const fit: Record<string, MessageAttributeValue> = {}
  for (const [name, value] of attributes.slice(0, maxAttributes)) {
    const { DataType = '', StringValue = '', BinaryValue = '' } = value
    const size = [name, DataType, StringValue, BinaryValue].reduce((sum, part) => sum + Buffer.byteLength(part), 0)
    if (bytes + size > maxSqsBytes) continue
    bytes += size
    fit[name] = value
  }
  return fit
}

export function text(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value }
}
