import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { trackingIdOf } from '../src/decode.ts'
import { deadLetterQueue, type Redriven, redrive } from '../src/index.ts'
import { record } from './records.ts'

const account = 'https://sqs.us-east-1.amazonaws.com/111111111111'
const limit = 1_048_576

type Sent = SendMessageCommand['input']

/** A dead letter queue, and an edge that refuses what SQS refuses of a message. What is received is hidden. */
function queues(letters: Message[]) {
  const waiting = [...letters]
  const sent: Sent[] = []
  const deleted: (string | undefined)[] = []
  const client = {
    async send(command: unknown) {
      if (command instanceof ReceiveMessageCommand)
        return { Messages: waiting.splice(0, command.input.MaxNumberOfMessages) }
      if (command instanceof DeleteMessageCommand) deleted.push(command.input.ReceiptHandle)
      if (command instanceof SendMessageCommand) {
        refuse(command.input)
        sent.push(command.input)
      }
      return {}
    },
  } as unknown as SQSClient
  return { client, sent, deleted }
}

function refuse({ MessageBody = '', MessageAttributes = {} }: Sent): void {
  const attributes = Object.entries(MessageAttributes)
  const texts = attributes.flatMap(([name, { DataType = '', StringValue = '' }]) => [name, DataType, StringValue])
  const bytes = Buffer.byteLength([MessageBody, ...texts].join(''))
  const reason =
    bytes > limit
      ? `Message must be shorter than ${limit} bytes.`
      : attributes.length > 10
        ? 'Number of message attributes exceeds the allowed maximum [10].'
        : MessageBody === 'refused'
          ? 'Invalid.'
          : undefined
  if (reason) throw Object.assign(new Error(reason), { name: 'InvalidParameterValue' })
}

function letter(body: string, attributes: Record<string, string> = {}, group = 'g'): Message {
  return {
    MessageId: `id of ${body.slice(0, 10)}`,
    ReceiptHandle: body.slice(0, 10),
    Body: body,
    Attributes: { MessageGroupId: group },
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  }
}

const trackingId = 'a'.repeat(32)

async function redriven(letters: Message[], ending = '.fifo') {
  const { client, sent, deleted } = queues(letters)
  const yielded: Redriven[] = []
  for await (const each of redrive({ from: `${account}/dead${ending}`, to: `${account}/orders${ending}`, client })) {
    yielded.push(each)
  }
  return { yielded, sent, deleted, bodies: sent.map(({ MessageBody }) => MessageBody) }
}

/** What is in the dead letter queue when a node has given up these. */
async function buried(...records: SQSRecord[]): Promise<Message[]> {
  const { client, sent } = queues([])
  const letters = deadLetterQueue({ queueUrl: `${account}/dead.fifo`, client })
  for (const record of records) await letters.bury(record, { reason: 'it failed', attempts: 10, key: record.body })
  return sent.map(({ MessageBody, MessageGroupId, MessageAttributes }, index) => ({
    MessageId: `letter ${index}`,
    ReceiptHandle: `letter ${index}`,
    Body: MessageBody,
    Attributes: { MessageGroupId },
    MessageAttributes,
  })) as Message[]
}

const names = (sent: Sent | undefined): string[] => Object.keys(sent?.MessageAttributes ?? {})

describe('a dead letter that its edge cannot take', () => {
  it('stays with what is behind it in its group, and the others go on', async () => {
    const { yielded, bodies, deleted } = await redriven([
      letter('first'),
      letter('refused', { trackingId, reason: 'it failed' }),
      letter('behind'),
      letter('other', {}, 'other group'),
    ])
    expect(bodies).toEqual(['first', 'other'])
    expect(deleted).toEqual(['first', 'other'])
    expect(yielded).toEqual([
      { trackingId: undefined, reason: undefined },
      { trackingId, reason: 'it failed', refusal: 'InvalidParameterValue: Invalid' },
      { trackingId: undefined, reason: undefined },
    ])
  })

  it('stays alone on a standard queue, which has no order', async () => {
    const { yielded, bodies } = await redriven([letter('refused'), letter('behind')], '')
    expect(bodies).toEqual(['behind'])
    expect(yielded).toMatchObject([{ refusal: expect.any(String) }, {}])
  })

  it('is not tried again when it comes again', async () => {
    const refused = letter('refused')
    const others = Array.from({ length: 9 }, (_, index) => letter(`${index}`, {}, `group ${index}`))
    const { yielded } = await redriven([refused, ...others, refused])
    expect(yielded).toHaveLength(10)
  })

  it('is one that has a tracking id and no room for what tells it from the one that was given up', async () => {
    const full = limit - 'trackingIdString'.length - trackingId.length
    const { yielded, bodies } = await redriven([letter('x'.repeat(full), { trackingId }), letter('y', {}, 'y')])
    expect(bodies).toEqual(['y'])
    expect(yielded).toMatchObject([{ refusal: expect.stringContaining('no room for the attribute "redrive"') }, {}])
  })
})

describe('a redriven message', () => {
  it('goes by the message id that it had, where it says no tracking id', async () => {
    const unnamed = { ...record('body'), messageId: '11111111-1111-4111-8111-111111111111', messageAttributes: {} }
    const [letter] = await buried(unnamed)
    const { sent } = await redriven(letter ? [letter] : [])
    expect(sent[0]?.MessageAttributes?.trackingId?.StringValue).toBe('11111111111141118111111111111111')
    expect(trackingIdOf(unnamed)).toBe('11111111111141118111111111111111')
  })

  it('has one attribute less where it had ten', async () => {
    const ten = Object.fromEntries(['prevTrackingIds', ...'abcdefgh', 'trackingId'].map((name) => [name, name]))
    const { sent } = await redriven([letter('ten', ten)])
    expect(sent.map(names)).toEqual([['trackingId', 'redrive', ...'abcdefgh']])
  })

  it('has no attribute where its body leaves room for none', async () => {
    const { sent, yielded } = await redriven([letter('x'.repeat(limit))])
    expect(sent.map(names)).toEqual([[]])
    expect(yielded).toEqual([{ trackingId: undefined, reason: undefined }])
  })
})

it('is not gone on with when the edge takes none', async () => {
  const client = {
    async send(command: unknown) {
      if (command instanceof ReceiveMessageCommand) return { Messages: [letter('first')] }
      throw Object.assign(new Error('not authorized'), { name: 'AccessDenied' })
    },
  } as unknown as SQSClient
  const all = redrive({ from: `${account}/dead.fifo`, to: `${account}/orders.fifo`, client })
  await expect(all.next()).rejects.toThrow('not authorized')
})
