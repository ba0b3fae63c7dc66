import { randomUUID } from 'node:crypto'
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from 'aws-lambda'
import { createMessage, encodeMessage, type Logger, type Message, type WireMessage } from '../src/index.ts'

const fifoQueue = 'arn:aws:sqs:us-east-1:111111111111:orders.fifo'
export const standardQueue = 'arn:aws:sqs:us-east-1:111111111111:orders'

/** A message on the wire as Lambda hands it to a function. */
export function recordOf(wire: WireMessage, queue: string = fifoQueue): SQSRecord {
  const messageAttributes: SQSMessageAttributes = {}
  for (const [name, { DataType = '', StringValue }] of Object.entries(wire.MessageAttributes)) {
    messageAttributes[name] = {
      stringValue: StringValue,
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType,
    }
  }
  return {
    messageId: randomUUID(),
    receiptHandle: 'AQEB',
    body: wire.MessageBody,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1545082650636',
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1545082650649',
      MessageGroupId: wire.MessageGroupId,
    },
    messageAttributes,
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: queue,
    awsRegion: 'us-east-1',
  }
}

/** A record whose body, and message id, is `name`. */
export function record(name: string, { group = 'g', queue = fifoQueue, ...fields }: Fields = {}): SQSRecord {
  const message = createMessage({ type: 'order', body: name, groupId: group, ...fields })
  return { ...recordOf(encodeMessage(message, { fifo: true }), queue), messageId: name }
}

type Fields = Partial<Message> & { group?: string; queue?: string }

export function eventOf(...records: SQSRecord[]): SQSEvent {
  return { Records: records }
}

/** The message ids of a partial batch response. */
export function failuresOf({ batchItemFailures }: { batchItemFailures: { itemIdentifier: string }[] }): string[] {
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
}

export interface LogLine {
  level: string
  message: string
  attributes: Record<string, unknown>
}

/** A logger that keeps what it is told. */
export function keepingLogger(): Logger & { lines: LogLine[] } {
  const lines: LogLine[] = []
  const keep =
    (level: string) =>
    (message: string, ...attributes: Record<string, unknown>[]) => {
      lines.push({ level, message, attributes: Object.assign({}, ...attributes) })
    }
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}
