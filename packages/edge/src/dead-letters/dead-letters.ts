import { hash } from 'node:crypto'
import { type MessageAttributeValue, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { parseOptions } from '@causeway-aws/auth'
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda'
import * as v from 'valibot'
import { isFifo, queueUrlSchema } from '../queue.ts'
import { sqsClientSchema } from '../sqs-client.ts'
import { trackingIdOf } from '../wire/decode.ts'
import { type Attribute, fitting, needed, noRoomForReason, text } from './fitting.ts'

/** Where a node puts the messages that it gives up. */
export interface DeadLettersOptions {
  /** The dead letter queue. FIFO where the edge is, so that what is redriven keeps its order. */
  readonly queueUrl: string
  readonly client: SQSClient
  /** How often a message is run before it is given up; 0 is for ever. Default: 10. */
  readonly maxAttempts?: number
}

/** Why a message is given up. */
export interface Death {
  /** 1 character or more, of those that SQS allows. */
  readonly reason: string
  readonly attempts: number
  /** Names the message in this node, so that giving it up twice puts it there once. */
  readonly key: string
}

/** The messages that a node has given up, made by {@link deadLetterQueue}. */
export interface DeadLetters {
  /** Infinity where a message is run for ever. */
  readonly maxAttempts: number
  /** Resolves when the dead letter queue has accepted the message. */
  bury(record: SQSRecord, death: Death, abortSignal?: AbortSignal): Promise<void>
}

const optionsSchema = v.strictObject({
  queueUrl: queueUrlSchema,
  client: sqsClientSchema,
  maxAttempts: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.safeInteger('must be a whole number'),
      v.minValue(0, 'must not be negative'),
    ),
    10,
  ),
})

/**
 * The dead letter queue of a node. A message arrives there as it was, with three more attributes: `reason`, `attempts`
 * and `failedAt`, and with a `trackingId` where it had none. SQS's own redrive policy cannot do it: it counts receives,
 * and every message of a failed batch was received, so it buries those that were never run. Let it be a backstop, with a
 * `maxReceiveCount` of ten times `maxAttempts` or more, and have none where messages are run for ever.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { SQSClient } from '@aws-sdk/client-sqs'
 * import { type DeadLetters, deadLetterQueue } from '@causeway-aws/edge'
 *
 * export const deadLetters: DeadLetters = deadLetterQueue({
 *   queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders-dead.fifo',
 *   client: new SQSClient(),
 *   maxAttempts: 5,
 * })
 * ```
 */
export function deadLetterQueue(options: DeadLettersOptions): DeadLetters {
  const { queueUrl, client, maxAttempts } = parseOptions('deadLetterQueue', optionsSchema, options)
  return {
    maxAttempts: maxAttempts === 0 ? Number.POSITIVE_INFINITY : maxAttempts,
    async bury(record, death, abortSignal) {
      const letter = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: record.body,
        MessageAttributes: saying(record, death),
        MessageGroupId: record.attributes.MessageGroupId ?? record.messageId,
        ...(isFifo(queueUrl) && { MessageDeduplicationId: hash('sha256', death.key, 'hex') }),
      })
      await client.send(letter, abortSignal && { abortSignal })
    },
  }
}

/** The reason first of what is said, or that there is no room for it. */
function saying(record: SQSRecord, death: Death): Record<string, MessageAttributeValue> {
  const attributes = attributesOf(record, death)
  const whole = fitting(record.body, attributes)
  if (whole.reason) return whole
  return fitting(
    record.body,
    attributes.map((each) => (each[0] === 'reason' ? noRoomForReason : each)),
  )
}

/** What the letter carries, the most dispensable last: ten at the most, so that of a stranger's some may be left out. */
function attributesOf(record: SQSRecord, { reason, attempts }: Death): Attribute[] {
  const { messageAttributes } = record
  const said: Attribute[] = [
    ['reason', text(reason)],
    ['attempts', { DataType: 'Number', StringValue: `${attempts}` }],
    ['failedAt', text(new Date().toISOString())],
  ]
  const ours = new Set([...needed, 'prevTrackingIds', ...said.map(([name]) => name)])
  const received = (names: readonly string[]) => names.flatMap((name) => attributeOf(name, messageAttributes[name]))
  const others = Object.keys(messageAttributes).filter((name) => !ours.has(name))
  return [
    ...unsaidTrackingId(record),
    ...received(needed),
    ...said,
    ...received(others),
    ...received(['prevTrackingIds']),
  ]
}

/** A message that says none goes by its message id, which its letter has not: what comes of it would be another's. */
function unsaidTrackingId(record: SQSRecord): Attribute[] {
  const trackingId = record.messageAttributes.trackingId ? undefined : trackingIdOf(record)
  return trackingId === undefined ? [] : [['trackingId', text(trackingId)]]
}

function attributeOf(name: string, attribute: SQSMessageAttribute | undefined): Attribute[] {
  const { dataType: DataType, stringValue: StringValue, binaryValue } = attribute ?? {}
  if (DataType === undefined) return []
  if (StringValue !== undefined) return [[name, { DataType, StringValue }]]
  return binaryValue === undefined ? [] : [[name, { DataType, BinaryValue: Buffer.from(binaryValue, 'base64') }]]
}
