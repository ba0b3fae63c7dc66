import {
  DeleteMessageCommand,
  type MessageAttributeValue,
  type Message as ReceivedMessage,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { countSchema } from './count.ts'
import { isFifo, queueUrlSchema } from './queue.ts'
import { sqsClientSchema } from './sqs-client.ts'

/** What is redriven, and to where. */
export interface RedriveOptions {
  /** The dead letter queue. */
  readonly from: string
  /** The edge that the messages were on. */
  readonly to: string
  readonly client: SQSClient
  /** How many messages at the most. Default: all. */
  readonly most?: number
  /** Ends it after the message that is under way. */
  readonly signal?: AbortSignal
}

/** A message that is on its edge again. */
export interface Redriven {
  /** As it says itself, where it says any. */
  readonly trackingId: string | undefined
  /** Why it had been given up, where a node did that. */
  readonly reason: string | undefined
}

const optionsSchema = v.strictObject({
  from: queueUrlSchema,
  to: queueUrlSchema,
  client: sqsClientSchema,
  most: v.optional(countSchema, Number.MAX_SAFE_INTEGER),
  signal: v.optional(v.instance(AbortSignal, 'must be an AbortSignal')),
})

/** What was added when the message was given up. */
const ofTheDead = new Set(['reason', 'attempts', 'failedAt'])

/**
 * Sends dead letters to their edge again, each as it was, in the order of its group, and takes it off the dead letter
 * queue when the edge has accepted it.
 *
 * A redriven message carries the attribute `redrive`, by which a node knows it from the one that it gave up, and has a
 * deduplication id of its own: SQS takes a message whose id it has seen within five minutes, and drops it. Both follow
 * from the dead letter's message id, so that a redrive that was cut off can be repeated.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 *
 * @throws {InvalidOptions} naming the option. Rejects with the SDK's error when SQS refuses; what was not yielded by
 * then is still among the dead letters.
 *
 * @example
 * ```ts
 * import { SQSClient } from '@aws-sdk/client-sqs'
 * import { redrive } from '@causeway-aws/edge'
 *
 * const account = 'https://sqs.eu-west-1.amazonaws.com/111111111111'
 * const options = { from: `${account}/orders-dead.fifo`, to: `${account}/orders.fifo`, client: new SQSClient() }
 *
 * for await (const { trackingId, reason } of redrive(options)) process.stderr.write(`${trackingId}: ${reason}\n`)
 * ```
 */
export async function* redrive(options: RedriveOptions): AsyncGenerator<Redriven> {
  const { from, to, client, most, signal } = parseOptions('redrive', optionsSchema, options)
  for (let left = most; left > 0 && !signal?.aborted; ) {
    const letters = await receive(client, from, Math.min(left, 10))
    if (letters.length === 0) return
    for (const letter of letters) {
      if (signal?.aborted) return
      await client.send(new SendMessageCommand({ QueueUrl: to, ...resurrected(letter, isFifo(to)) }))
      await client.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: letter.ReceiptHandle }))
      left -= 1
      const { trackingId, reason } = letter.MessageAttributes ?? {}
      yield { trackingId: trackingId?.StringValue, reason: reason?.StringValue }
    }
  }
}

async function receive(client: SQSClient, QueueUrl: string, count: number): Promise<ReceivedMessage[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: count,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['MessageGroupId'],
    }),
  )
  return Messages
}

function resurrected({ MessageId = '', Body, Attributes, MessageAttributes = {} }: ReceivedMessage, fifo: boolean) {
  const own = Object.entries(MessageAttributes).filter(([name]) => !ofTheDead.has(name))
  const redrive: MessageAttributeValue = { DataType: 'String', StringValue: MessageId }
  return {
    MessageBody: Body,
    MessageAttributes: { ...Object.fromEntries(own), redrive },
    MessageGroupId: Attributes?.MessageGroupId,
    ...(fifo && { MessageDeduplicationId: MessageId }),
  }
}
