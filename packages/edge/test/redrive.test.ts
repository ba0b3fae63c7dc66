import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { deadLetterQueue, type Redriven, receive, redrive, type WireMessage } from '../src/index.ts'
import { trackingIdOf } from '../src/wire/decode.ts'
import { memoryIdempotency } from './memory-idempotency.ts'
import { eventOf, keepingLogger, record, recordOf, standardQueue } from './records.ts'

const account = 'https://sqs.us-east-1.amazonaws.com/111111111111'
const limit = 1_048_576

type Sent = SendMessageCommand['input']

/** A dead letter queue, and an edge that refuses what SQS refuses of a message, and whose node gives it up `again`. What is received is hidden. */
function queues(letters: Message[], again?: (sent: Sent) => Message) {
  const waiting = [...letters]
  const sent: Sent[] = []
  const deleted: (string | undefined)[] = []
  const shown: (string | undefined)[] = []
  const client = {
    async send(command: unknown) {
      if (command instanceof ReceiveMessageCommand)
        return { Messages: waiting.splice(0, command.input.MaxNumberOfMessages) }
      if (command instanceof DeleteMessageCommand) deleted.push(command.input.ReceiptHandle)
      if (command instanceof ChangeMessageVisibilityBatchCommand) {
        shown.push(...(command.input.Entries ?? []).map(({ ReceiptHandle }) => ReceiptHandle))
      }
      if (command instanceof SendMessageCommand) {
        refuse(command.input)
        sent.push(command.input)
        if (again) waiting.push(again(command.input))
      }
      return {}
    },
  } as unknown as SQSClient
  return { client, sent, deleted, shown }
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
const reason = 'it failed, and failed again, ten times over'

async function redriven(letters: Message[], ending = '.fifo') {
  const { client, sent, deleted, shown } = queues(letters)
  const yielded: Redriven[] = []
  for await (const each of redrive({ from: `${account}/dead${ending}`, to: `${account}/orders${ending}`, client })) {
    yielded.push(each)
  }
  return { yielded, sent, deleted, shown, bodies: sent.map(({ MessageBody }) => MessageBody) }
}

/** What is in the dead letter queue when a node has given up these. */
async function buried(...records: SQSRecord[]): Promise<Message[]> {
  const { client, sent } = queues([])
  const letters = deadLetterQueue({ queueUrl: `${account}/dead.fifo`, client })
  for (const record of records) await letters.bury(record, { reason, attempts: 10, key: record.body })
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
    const { yielded, bodies, deleted, shown } = await redriven([
      letter('first'),
      letter('refused', { trackingId, reason: 'it failed' }),
      letter('behind'),
      letter('other', {}, 'other group'),
    ])
    expect(bodies).toEqual(['first', 'other'])
    expect(deleted).toEqual(['first', 'other'])
    expect(shown).toEqual(['refused', 'behind'])
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
    expect(yielded).toEqual([{ trackingId: undefined, reason: 'no room to say why' }])
  })
})

describe('the reason of a letter', () => {
  const noRoom = 'no room to say why'

  /** What the letter says, and what its redrive does, where the body leaves so many bytes. */
  async function reasonsBeside(room: number) {
    const MessageBody = 'x'.repeat(limit - 'trackingIdString'.length - trackingId.length - room)
    const MessageAttributes = { trackingId: { DataType: 'String', StringValue: trackingId } }
    const letters = await buried(recordOf({ MessageBody, MessageAttributes, MessageGroupId: 'g' } as WireMessage))
    const { yielded } = await redriven(letters)
    return [letters[0]?.MessageAttributes?.reason?.StringValue, yielded[0]?.reason]
  }

  it('is there where its body leaves room for it', async () => {
    expect(await reasonsBeside(1_000)).toEqual([reason, reason])
    expect(await reasonsBeside('reasonString'.length + reason.length)).toEqual([reason, reason])
  })

  it('is that there was no room for it where there was none, in the letter as long as that fits', async () => {
    expect(await reasonsBeside('reasonString'.length + reason.length - 1)).toEqual([noRoom, noRoom])
    expect(await reasonsBeside('reasonString'.length + noRoom.length)).toEqual([noRoom, noRoom])
    expect(await reasonsBeside('reasonString'.length + noRoom.length - 1)).toEqual([undefined, noRoom])
    expect(await reasonsBeside(0)).toEqual([undefined, noRoom])
  })
})

describe('a letter that SQS has put there, whatever its sender says of its death', () => {
  const said = { trackingId, reason: 'forged', attempts: '3', failedAt: '2026-11-22T12:00:00.000Z' }

  it('has no reason, and goes to the edge as it came', async () => {
    const forged = letter('forged', { ...said, to: `${account}/another.fifo`, redrive: 'forged' })
    const DeadLetterQueueSourceArn = 'arn:aws:sqs:us-east-1:111111111111:orders.fifo'
    const moved = { ...forged, Attributes: { ...forged.Attributes, DeadLetterQueueSourceArn } }
    const { sent, yielded } = await redriven([moved])
    expect(yielded).toEqual([{ trackingId, reason: undefined }])
    expect(sent[0]?.QueueUrl).toBe(`${account}/orders.fifo`)
    expect(sent[0]?.MessageAttributes).toMatchObject({ reason: { StringValue: 'forged' } })
    expect(sent[0]?.MessageAttributes?.redrive?.StringValue).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('the redrive that a message carries', () => {
  const died = (fields: Parameters<typeof record>[1] = {}) => buried(record('body', { trackingId, ...fields }))
  const redrivesOf = async (letters: Message[]) =>
    (await redriven(letters)).sent.map(({ MessageAttributes }) => MessageAttributes?.redrive?.StringValue)

  it('is the same for two letters of one death, and is their deduplication id', async () => {
    const letters = [...(await died()), ...(await died())]
    expect(letters).toHaveLength(2)
    for (const [index, letter] of letters.entries()) letter.MessageId = `letter ${index}`
    const { sent } = await redriven(letters)
    const [first, second] = sent.map(({ MessageAttributes }) => MessageAttributes?.redrive?.StringValue)
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(second).toBe(first)
    expect(sent.map(({ MessageDeduplicationId }) => MessageDeduplicationId)).toEqual([first, first])
  })

  it('is a new one when it dies again, whatever else it carries', async () => {
    const stranger = Object.fromEntries([...'abcdefg'].map((name) => [name, { dataType: 'String', stringValue: 'x' }]))
    const seen = new Set<string | undefined>()
    let [letter] = await died()
    for (let life = 0; life < 3; life += 1) {
      const { sent } = await redriven(letter ? [letter] : [])
      const redrive = sent[0]?.MessageAttributes?.redrive?.StringValue
      seen.add(redrive)
      const again = record('body', { trackingId })
      const messageAttributes = {
        ...stranger,
        ...again.messageAttributes,
        redrive: { dataType: 'String', stringValue: redrive },
      }
      ;[letter] = await buried({ ...again, messageAttributes })
    }
    expect(seen.size).toBe(3)
  })

  it('is its own for what another sender sent with the tracking id of a message', async () => {
    const other = await buried(record('other body', { trackingId }))
    expect(new Set(await redrivesOf([...(await died()), ...other])).size).toBe(2)
  })

  it('is its own for each of two letters with one body and no tracking id', async () => {
    const letters = [letter('body'), { ...letter('body'), MessageId: 'another' }]
    expect(new Set(await redrivesOf(letters)).size).toBe(2)
  })
})

it('is sent once, and stays to be looked at, when it dies again while the redrive goes on', async () => {
  const { client, sent, deleted, shown } = queues(
    [letter('first', { trackingId }), letter('second', { trackingId: 'b'.repeat(32) })],
    ({ MessageBody, MessageAttributes }) => ({
      MessageId: `again ${MessageBody}`,
      ReceiptHandle: `again ${MessageBody}`,
      Body: MessageBody,
      Attributes: { MessageGroupId: 'g' },
      MessageAttributes: { ...MessageAttributes, reason: { DataType: 'String', StringValue: 'it failed again' } },
    }),
  )
  const yielded: Redriven[] = []
  for await (const each of redrive({ from: `${account}/dead.fifo`, to: `${account}/orders.fifo`, client })) {
    yielded.push(each)
    if (yielded.length > 10) break
  }
  expect(yielded.slice(2)).toEqual([
    { trackingId, reason: 'it failed again', died: 'again' },
    { trackingId: 'b'.repeat(32), reason: 'it failed again', died: 'again' },
  ])
  expect(sent).toHaveLength(2)
  expect(deleted).toEqual(['first', 'second'])
  expect(shown).toEqual(['again first', 'again second'])
})

it('is said once to have died, however often it is received', async () => {
  const dead = (sent: Sent) => ({ ...letter('dead', { trackingId }), MessageAttributes: sent.MessageAttributes })
  const { client } = queues([letter('first', { trackingId }), letter('second', {}, 'h')], dead as never)
  const yielded: Redriven[] = []
  for await (const each of redrive({ from: `${account}/dead.fifo`, to: `${account}/orders.fifo`, client })) {
    yielded.push(each)
  }
  expect(yielded.filter(({ died }) => died)).toHaveLength(1)
})

describe('two letters of one death, on a standard queue', () => {
  it('are run once after their redrive', async () => {
    const [first] = await buried(record('body', { trackingId, queue: standardQueue }))
    const { sent } = await redriven(
      [
        { ...first, MessageId: 'one' },
        { ...first, MessageId: 'two' },
      ],
      '',
    )
    const idempotency = memoryIdempotency()
    const runs: string[] = []
    for (const wire of sent) {
      await receive(
        eventOf(recordOf(wire as WireMessage, standardQueue)),
        { logger: keepingLogger(), idempotency },
        async ({ body }) => runs.push(body),
      )
    }
    expect(sent).toHaveLength(2)
    expect(runs).toEqual(['body'])
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

it('is refused from the edge itself', async () => {
  const { client } = queues([])
  const from = `${account}/orders.fifo`
  await expect(redrive({ from, to: from, client }).next()).rejects.toThrow(
    'redrive: from must be the dead letter queue, and not the edge itself.',
  )
})
