import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  childOf,
  createEdge,
  createMessage,
  edgeConsumer,
  encodeMessage,
  type Logger,
  type Message,
  wireBytes,
} from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'
import {
  type EchoStreamFields,
  type EchoStreamMessage,
  type EchoStreamNode,
  echoStreamNode,
} from './echostream/node.ts'

/*
 * The nodes here are those of the package echostream-node as EchoStream publishes it, in a process of Python
 * (echostream/node.py). Where they log in and ask for their edges is the emulator and a stand-in (echostream/service.py).
 */
const sandbox = testSandbox()
let client: SQSClient
/** Its function forwards orders to `passedOn`. */
let orders: string
let passedOn: string

beforeAll(async () => {
  client = new SQSClient({ ...clientOptions(await sandbox.credentials('home')), maxAttempts: 1 })
  const target = await deployEdge('echo-passed-on', { TriggerEnabled: 'false' })
  passedOn = target.QueueUrl ?? ''
  const edge = await deployEdge('echo', {
    Routes: JSON.stringify({ order: { processor: 'forward', targets: [passedOn] } }),
    TargetQueueArns: target.QueueArn ?? '',
    TargetKeyArns: target.KeyArn ?? '',
  })
  orders = edge.QueueUrl ?? ''
})

async function deployEdge(EdgeName: string, parameters: Record<string, string>): Promise<Record<string, string>> {
  const deployment = await sandbox.deploy({
    template: join(root, 'infra/edge.yaml'),
    account: 'home',
    stack: EdgeName,
    parameters: { EdgeName, ContentBasedDeduplication: 'true', MessageType: 'order', ...parameters },
  })
  return deployment.outputs
}

async function queue(Attributes: Record<string, string>): Promise<string> {
  const QueueName = `echo-${crypto.randomUUID()}${Attributes.FifoQueue ? '.fifo' : ''}`
  return (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? ''
}
/** As infra/edge.yaml makes it. */
const fifoQueue = () =>
  queue({
    FifoQueue: 'true',
    ContentBasedDeduplication: 'true',
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
    MaximumMessageSize: '1048576',
  })

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** What a consumer of ours receives until it has so many, in that order. */
async function consumed(queueUrl: string, count: number): Promise<Message[]> {
  const messages: Message[] = []
  const end = new AbortController()
  const signal = AbortSignal.any([end.signal, AbortSignal.timeout(40_000)])
  await edgeConsumer({ queueUrl, client, logger: silent, messageType: 'order', signal }, async (message) => {
    if (messages.push(message) >= count) end.abort()
  })
  return messages
}

/** What a node of EchoStream has received, when it has so many. */
const received = (node: EchoStreamNode, count: number): Promise<EchoStreamMessage[]> =>
  vi.waitFor(
    () => {
      const messages = node.received()
      if (messages.length < count) throw new Error(`It has received ${messages.length}. Its log:\n${node.logged()}`)
      return messages
    },
    { timeout: 40_000 },
  )

const isEmpty = async (QueueUrl: string) => {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] })
  const { Attributes = {} } = await client.send(command)
  return AttributeNames.every((name) => Attributes[name] === '0')
}

const trackingId = () => crypto.randomUUID().replaceAll('-', '')
const trackingIds = fc.uuid().map((uuid) => uuid.replaceAll('-', ''))

/** Text of the characters that SQS allows: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const bodies = fc
  .oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }), fc.json())
  .filter((body) => !/[^\t\n\r\u0020-\uFFFD]/.test(body))

const samples = fc.uniqueArray(
  fc.record({
    body: bodies,
    groupId: fc.option(fc.constantFrom('customer-7', 'customer-8', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')),
    previousTrackingIds: fc.array(trackingIds, { maxLength: 3 }),
  }),
  { minLength: 40, maxLength: 40, selector: ({ body }) => body },
)

/** Messages on purpose beside those of chance. */
const chosen = [
  ' ',
  '\t',
  '\r\n',
  '0',
  'null',
  '""',
  '{"order":7}',
  '\u{10FFFF}\uFFFD',
  '👩‍👩‍👧',
  'é e\u0301',
  '\u2028\u0085',
].map((body) => ({ body, groupId: 'chosen', previousTrackingIds: [] as string[] }))

const plans = (seed: number) => [...(fc.sample(samples, { seed, numRuns: 1 })[0] ?? []), ...chosen]

/** The bodies of each group, in order. */
const byGroup = (messages: { groupId: string; body: string }[]) =>
  Object.fromEntries([...Map.groupBy(messages, ({ groupId }) => groupId)].sort(([a], [b]) => (a < b ? -1 : 1)))

/** The limit that the class `Message` sets, and what it counts beside the body of a message without previous tracking ids. */
const echoStreamLimit = 262_144
const attributesLength = 'trackingId'.length + 'String'.length + 32

describe('what a node of EchoStream writes', () => {
  it('is read by us: body, group, tracking id and previous ones, in order', async () => {
    const queueUrl = await fifoQueue()
    await using node = await echoStreamNode(sandbox, { send: queueUrl })
    const messages: EchoStreamFields[] = [
      ...plans(1).map(({ body, groupId, previousTrackingIds }) => ({
        body,
        group_id: groupId ?? undefined,
        previous_tracking_ids: previousTrackingIds,
      })),
      { body: 'has 64 previous ones', previous_tracking_ids: Array.from({ length: 64 }, trackingId) },
      { body: 'has 200 previous ones', previous_tracking_ids: Array.from({ length: 200 }, trackingId) },
      { body: 'x'.repeat(echoStreamLimit - attributesLength) },
      // It counts characters, so that this one has nearly as many bytes as SQS takes.
      { body: '😀'.repeat(echoStreamLimit - attributesLength) },
    ]
    const sent: EchoStreamMessage[] = []
    for (const message of messages) sent.push(await node.send(message))
    expect(sent.at(-1)?.length).toBe(echoStreamLimit)

    const read = await consumed(queueUrl, sent.length)
    const expected = sent.map(({ body, groupId, trackingId, previousTrackingIds }) => ({
      body,
      groupId: groupId ?? 'echo_node',
      trackingId,
      previousTrackingIds: previousTrackingIds ?? [],
      type: 'order',
    }))
    expect(byGroup(read)).toEqual(byGroup(expected))
    expect(node.logged()).toBe('')
  })

  it('goes through our Lambda function, and is read by a node of EchoStream, with its way', async () => {
    await using node = await echoStreamNode(sandbox, { send: orders, receive: passedOn })
    const before = [trackingId(), trackingId()]
    const sent = [
      await node.send({ body: 'forwarded ü 😀', group_id: 'customer-7', previous_tracking_ids: before }),
      await node.send({
        body: 'forwarded, without a group',
        previous_tracking_ids: Array.from({ length: 64 }, trackingId),
      }),
    ]
    const passed = await received(node, sent.length)
    expect(passed).toHaveLength(sent.length)
    for (const { body, groupId, trackingId, previousTrackingIds } of sent) {
      expect(passed).toContainEqual(
        expect.objectContaining({
          body,
          groupId: groupId ?? 'echo_node',
          previousTrackingIds: [...(previousTrackingIds ?? []), trackingId].slice(-64),
        }),
      )
    }
    await vi.waitFor(async () => expect(await isEmpty(passedOn)).toBe(true), { timeout: 10_000 })
  })

  it('is dropped by the queue when its body is that of another one of its group', async () => {
    const queueUrl = await fifoQueue()
    await using node = await echoStreamNode(sandbox, { send: queueUrl })
    const fields = [{ body: '1' }, { body: '1' }, { body: '2' }, { body: '1', group_id: 'other' }]
    for (const each of fields) await node.send(each)
    const read = await consumed(queueUrl, 3)
    expect(byGroup(read)).toMatchObject({ echo_node: [{ body: '1' }, { body: '2' }], other: [{ body: '1' }] })
    expect(await isEmpty(queueUrl)).toBe(true)
  })

  it('is refused, which only its log tells, by an edge without ContentBasedDeduplication', async () => {
    const queueUrl = await queue({ FifoQueue: 'true' })
    await using node = await echoStreamNode(sandbox, { send: queueUrl })
    await node.send({ body: 'lost' })
    await vi.waitFor(() => expect(node.logged()).toContain(`Error sending messages to ${queueUrl}`), {
      timeout: 10_000,
    })
    expect(await isEmpty(queueUrl)).toBe(true)
  })

  it('fails alone where its user gave it a tracking id that is none', async () => {
    const queueUrl = await fifoQueue()
    await using node = await echoStreamNode(sandbox, { send: queueUrl })
    await node.send({ body: 'named by hand', tracking_id: 'order-7', group_id: 'a' })
    await node.send({ body: 'good', group_id: 'b' })
    expect(await consumed(queueUrl, 1)).toMatchObject([{ body: 'good' }])
    expect(await isEmpty(queueUrl)).toBe(false)
  })
})

describe('what we write', () => {
  const asTheyReadIt = ({ body, groupId, trackingId, previousTrackingIds }: Message) => ({
    body,
    groupId,
    trackingId,
    previousTrackingIds: previousTrackingIds.length > 0 ? previousTrackingIds.slice(-64) : null,
    messageType: 'order',
    length: expect.any(Number),
  })

  it('is read by a node of EchoStream: body, group, tracking id and previous ones, in order', async () => {
    const queueUrl = await fifoQueue()
    const edge = createEdge({ queueUrl, client, maxBytes: echoStreamLimit })
    const parent = createMessage({
      type: 'order',
      body: 'p',
      previousTrackingIds: Array.from({ length: 5 }, trackingId),
    })
    const empty = wireBytes(encodeMessage(createMessage({ type: 'order', body: 'x' }), { fifo: true })) - 1
    const messages = [
      ...plans(2).map(({ groupId, ...fields }) =>
        createMessage({ type: 'order', ...fields, ...(groupId && { groupId }) }),
      ),
      childOf(parent, queueUrl, { body: 'has six previous ones' }),
      ...[64, 70].map((length) =>
        createMessage({ type: 'order', body: `${length}`, previousTrackingIds: Array.from({ length }, trackingId) }),
      ),
      createMessage({ type: 'order', body: 'x'.repeat(echoStreamLimit - empty) }),
      createMessage({ type: 'order', body: '😀'.repeat((echoStreamLimit - empty) / 4) }),
      createMessage({ type: 'an order, ünterwegs', body: 'of another type' }),
    ]
    await using node = await echoStreamNode(sandbox, { receive: queueUrl })
    await edge.send(messages)
    const read = await received(node, messages.length)
    expect(byGroup(read as (EchoStreamMessage & { groupId: string })[])).toEqual(byGroup(messages.map(asTheyReadIt)))
    expect(node.logged()).toBe('')
    await vi.waitFor(async () => expect(await isEmpty(queueUrl)).toBe(true), { timeout: 10_000 })
  })

  it('is read from a standard queue, too', async () => {
    const queueUrl = await queue({})
    await using node = await echoStreamNode(sandbox, { receive: queueUrl })
    const message = createMessage({ type: 'order', body: 'without order', groupId: 'customer-7' })
    await createEdge({ queueUrl, client }).send([message])
    expect(await received(node, 1)).toEqual([asTheyReadIt(message)])
  })

  it('is read by a Lambda node', async () => {
    const event = JSON.parse(await readFile(join(root, 'functions/edge-trigger/events/fifo.json'), 'utf8'))
    const receive = 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo'
    await using node = await echoStreamNode(sandbox, { receive }, ['--lambda'])
    expect(await node.handle(event)).toBeNull()
    expect(node.received()).toEqual(
      event.Records.map((record: { body: string; attributes: { MessageGroupId: string } }) =>
        expect.objectContaining({ body: record.body, groupId: record.attributes.MessageGroupId }),
      ),
    )
  })

  it('is passed on unread where it is compressed: as base64, without the attribute that says so', async () => {
    const [queueUrl, next] = [await fifoQueue(), await fifoQueue()]
    await using node = await echoStreamNode(sandbox, { receive: queueUrl, send: next })
    const message = createMessage({ type: 'order', body: 'compressed '.repeat(50) })
    await createEdge({ queueUrl, client, compressOver: 10 }).send([message])
    const [{ body = '' } = {}] = await received(node, 1)
    expect(gunzipSync(Buffer.from(body, 'base64')).toString()).toBe(message.body)
    await node.send({ body, previous_tracking_ids: [message.trackingId] })
    expect(await consumed(next, 1)).toMatchObject([{ body, previousTrackingIds: [message.trackingId] }])
  })

  it('is the sentence that stands for a body in S3', async () => {
    const queueUrl = await fifoQueue()
    await using node = await echoStreamNode(sandbox, { receive: queueUrl })
    const bodyReference = { key: 'orders/1', sha256: 'a'.repeat(64), length: 1, expandedLength: 1 }
    const wire = encodeMessage(createMessage({ type: 'order', bodyReference }), { fifo: true })
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, ...wire }))
    expect(await received(node, 1)).toMatchObject([
      { body: 'The body of this message is in S3, where its attribute bodyRef says.' },
    ])
  })

  it('ends its receiver where it has more than 262,144 characters', async () => {
    const queueUrl = await fifoQueue()
    await using node = await echoStreamNode(sandbox, { receive: queueUrl })
    await createEdge({ queueUrl, client }).send([createMessage({ type: 'order', body: 'x'.repeat(echoStreamLimit) })])
    await vi.waitFor(() => expect(node.logged()).toContain('ValueError: Message is > 262,144 in size'), {
      timeout: 10_000,
    })
  })
})

describe('what comes from elsewhere', () => {
  const trackingIdOnly = { trackingId: { DataType: 'String', StringValue: trackingId() } }

  it.each([
    ['group id', 'MessageGroupId', () => queue({}), { MessageAttributes: trackingIdOnly }],
    ['attribute', 'MessageAttributes', fifoQueue, { MessageGroupId: 'a' }],
  ])('ends the receiver of a node of EchoStream where it has no %s', async (_, key, make, fields) => {
    const queueUrl = await make()
    await using node = await echoStreamNode(sandbox, { receive: queueUrl })
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'by hand', ...fields }))
    await vi.waitFor(() => expect(node.logged()).toContain(`KeyError: '${key}'`), { timeout: 10_000 })
  })
})
