import type { Message as ReceivedMessage } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'

/** A message of an answer to ReceiveMessage as Lambda hands it to a function. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function recordOf(received: ReceivedMessage, queueArn: string): SQSRecord {
  const {
    MessageId = '',
    ReceiptHandle = '',
    Body = '',
    Attributes = {},
    MessageAttributes = {},
    MD5OfBody = '',
  } = received
  const messageAttributes: SQSRecord['messageAttributes'] = {}
  for (const [name, { DataType = '', StringValue, BinaryValue }] of Object.entries(MessageAttributes)) {
    const binaryValue = BinaryValue && Buffer.from(BinaryValue).toString('base64')
    messageAttributes[name] = { dataType: DataType, stringValue: StringValue, binaryValue }
  }
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: { ...absent, ...Attributes },
    messageAttributes,
    md5OfBody: MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  }
}

/** What SQS says of every message when it is asked for all system attributes. */
const absent = { ApproximateReceiveCount: '1', SentTimestamp: '0', SenderId: '', ApproximateFirstReceiveTimestamp: '0' }

/** How often SQS has handed the message out, which an event that was made by hand may not say. */
export function receivesOf({ attributes }: SQSRecord): number {
  return Number(attributes.ApproximateReceiveCount) || 1
}
