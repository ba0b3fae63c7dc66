import { hash } from 'node:crypto'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message as ReceivedMessage,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { countSchema } from '../count.ts'
import { requestFailure } from '../failure.ts'
import { isFifo, queueUrlSchema } from '../queue.ts'
import { sqsClientSchema } from '../sqs-client.ts'
import { isTrackingId } from '../wire/message.ts'
import { type Attribute, fitting, hasRoom, needed, noRoomForReason, text } from './fitting.ts'
import { createGivenUpSince, type GivenUpSince } from './given-up-since.ts'

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

/** A message that is on its edge again or, where there is a refusal or it has died since, is among the dead letters. */
export interface Redriven {
  /** As it says itself, where it says any. */
  readonly trackingId: string | undefined
  /** Why it had been given up, where a node did that; or that its body leaves no room to say it. */
  readonly reason: string | undefined
  /** Why the edge cannot take it. */
  readonly refusal?: string
  /** It was given up while the redrive went on, which left it where it is: `again` where the redrive had sent it. */
  readonly died?: 'again' | 'meanwhile'
}

const optionsSchema = v.pipe(
  v.strictObject({
    from: queueUrlSchema,
    to: queueUrlSchema,
    client: sqsClientSchema,
    most: v.optional(countSchema, Number.MAX_SAFE_INTEGER),
    signal: v.optional(v.instance(AbortSignal, 'must be an AbortSignal')),
  }),
  v.forward(
    v.check(({ from, to }) => from !== to, 'must be the dead letter queue, and not the edge itself'),
    ['from'],
  ),
)

/** How long, in milliseconds, it goes on among letters none of which is for it, with others perhaps behind them. */
const patience = 10_000

/** What a node adds when it gives a message up. */
const ofTheDead = ['reason', 'attempts', 'failedAt']

/**
 * Sends dead letters to their edge again, each as it was, in the order of its group, and takes it off the dead letter
 * queue when the edge has accepted it. One that the edge cannot take is yielded with a `refusal`, and stays with what
 * comes after it in its group; the others go on.
 *
 * It is for the letters that were there when it began, and sends each once. One that dies again while it goes on, or that a
 * node gives up meanwhile, is yielded with `died`, and stays: it would only die and be redriven for ever.
 *
 * A redriven message carries the attribute `redrive`, by which a node knows it from the one that it gave up, and has a
 * deduplication id of its own: SQS takes a message whose id it has seen within five minutes, and drops it. Both follow
 * from the message and the redrive before, so that a redrive that was cut off can be repeated, and two letters of one
 * death are one message again.
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
  /** The groups that stay. Their letters come again when they have been hidden for long enough. */
  const staying = new Set<string | undefined>()
  const givenUpSince = createGivenUpSince()
  /** What was yielded as given up since. */
  const dead = new Set<string | undefined>()
  /** What was received and is not on its edge again, by its id. */
  const held = new Map<string | undefined, string | undefined>()
  try {
    let last = performance.now()
    for (let left = most; left > 0 && !signal?.aborted; ) {
      const letters = await receive(client, from, Math.min(left, 10), givenUpSince)
      for (const { MessageId, ReceiptHandle } of letters) held.set(MessageId, ReceiptHandle)
      if (letters.length === 0 || performance.now() - last > patience) return
      for (const letter of letters) {
        if (signal?.aborted) return
        const said = { trackingId: letter.MessageAttributes?.trackingId?.StringValue, reason: reasonOf(letter) }
        const died = givenUpSince.of(letter)
        if (died) {
          if (!dead.has(letter.MessageId)) yield { ...said, died }
          dead.add(letter.MessageId)
          continue
        }
        const group = isFifo(from) ? letter.Attributes?.MessageGroupId : letter.MessageId
        if (staying.has(group)) continue
        const redrive = redriveOf(letter)
        givenUpSince.sends(letter, redrive)
        const refusal = await resend(letter, to, client, redrive)
        if (refusal === undefined) {
          await client.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: letter.ReceiptHandle }))
          held.delete(letter.MessageId)
          left -= 1
        } else staying.add(group)
        yield { ...said, ...(refusal !== undefined && { refusal }) }
        last = performance.now()
      }
    }
  } finally {
    await show(client, from, [...held.values()])
  }
}

/** Else whoever looks, or repeats the redrive, would see none of them for a while; after that they come by themselves. */
async function show(
  client: SQSClient,
  QueueUrl: string,
  receiptHandles: readonly (string | undefined)[],
): Promise<void> {
  for (let start = 0; start < receiptHandles.length; start += 10) {
    const Entries = receiptHandles.slice(start, start + 10).map((ReceiptHandle, index) => {
      return { Id: `${index}`, ReceiptHandle, VisibilityTimeout: 0 }
    })
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })).catch(() => {})
  }
}

async function receive(
  client: SQSClient,
  QueueUrl: string,
  count: number,
  givenUpSince: GivenUpSince,
): Promise<ReceivedMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: count,
    WaitTimeSeconds: 1,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['MessageGroupId', 'SentTimestamp', 'DeadLetterQueueSourceArn'],
  })
  givenUpSince.readTime(command)
  const { Messages = [] } = await client.send(command)
  return Messages
}

/** SQS says of a letter that it has put there itself where it was; what that says of its death is its sender's word. */
const isOfNode = ({ Attributes }: ReceivedMessage): boolean => !Attributes?.DeadLetterQueueSourceArn

function reasonOf(letter: ReceivedMessage): string | undefined {
  if (!isOfNode(letter)) return undefined
  const { Body = '', MessageAttributes = {} } = letter
  const [, noRoom] = noRoomForReason
  const isFull = !MessageAttributes.reason && !hasRoom(Body, MessageAttributes, noRoomForReason)
  return isFull ? noRoom.StringValue : MessageAttributes.reason?.StringValue
}

/** What SQS says of one message, and not of a queue, of a key or of who asks. */
const ofTheMessage = /Invalid(ParameterValue|MessageContents|AttributeValue)|MissingParameter/

/** Resolves with the reason when the edge cannot take the letter. */
async function resend(
  letter: ReceivedMessage,
  to: string,
  client: SQSClient,
  redrive: string,
): Promise<string | undefined> {
  const { Body = '', Attributes } = letter
  const attributes = fitting(Body, attributesOf(letter, redrive))
  if (attributes.trackingId && !attributes.redrive) {
    return 'it has no room for the attribute "redrive", without which its node would take it for the one that it gave up'
  }
  const message = {
    MessageBody: Body,
    MessageAttributes: attributes,
    MessageGroupId: Attributes?.MessageGroupId,
    ...(isFifo(to) && { MessageDeduplicationId: redrive }),
  }
  try {
    await client.send(new SendMessageCommand({ QueueUrl: to, ...message }))
    return undefined
  } catch (error) {
    if (!(error instanceof Error && ofTheMessage.test(error.name))) throw error
    return requestFailure(error).reason
  }
}

/**
 * Names the life of a message that begins with its redrive. It follows from what was given up and not from the letter: a
 * standard queue may hold two of one death, and so may any when the node was killed before it had noted it. The redrive
 * before is part of it, or a message that dies again would be taken for the one that it was; so is the body, or anybody
 * could have a message of another sender taken for his own, whose tracking id he sends. Without a tracking id every letter
 * is a message of its own.
 */
function redriveOf({ MessageId, Body, MessageAttributes = {} }: ReceivedMessage): string {
  const [trackingId, ...others] = needed.map((name) => MessageAttributes[name]?.StringValue)
  const identity = isTrackingId(trackingId) ? trackingId : MessageId
  return hash('sha256', JSON.stringify([identity, ...others, Body]), 'hex').slice(0, 32)
}

/** What the message had, the most dispensable last: with `redrive` it may be one more than SQS carries. */
function attributesOf(letter: ReceivedMessage, redrive: string): Attribute[] {
  const ours = new Set([...needed, 'prevTrackingIds'])
  const added = new Set(['redrive', ...(isOfNode(letter) ? ofTheDead : [])])
  const own = Object.entries(letter.MessageAttributes ?? {}).filter(([name]) => !added.has(name))
  const named = (names: readonly string[]) => own.filter(([name]) => names.includes(name))
  const others = own.filter(([name]) => !ours.has(name))
  return [...named(needed), ['redrive', text(redrive)], ...others, ...named(['prevTrackingIds'])]
}
