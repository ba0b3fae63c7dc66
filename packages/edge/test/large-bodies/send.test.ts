import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  createEdge,
  createMessage,
  createTargets,
  type DecodeOptions,
  decodeMessage,
  type EdgeOptions,
  EdgeSendError,
  type Message,
  type SendOptions,
} from '../../src/index.ts'
import { type Faults, fakeSqs } from '../fake-sqs.ts'
import { recordOf } from '../records.ts'
import { fakeS3, type S3Faults } from './fake-s3.ts'

const queueUrl = 'https://sqs.us-east-1.amazonaws.com/111111111111/orders.fifo'
const overTheLimit = 'ü'.repeat(600_000)

function edgeWith(
  { s3: s3Faults = {}, sqs: sqsFaults = {} }: { s3?: S3Faults; sqs?: Faults } = {},
  options: Partial<EdgeOptions> = {},
) {
  const s3 = fakeS3(s3Faults)
  const sqs = fakeSqs(sqsFaults)
  const bodies = s3.bodies()
  const edge = createEdge({ queueUrl, client: sqs.client, largeBodies: bodies, backoff: () => 0, ...options })
  const received = (options?: DecodeOptions) =>
    sqs.accepted.map((wire) => decodeMessage(recordOf(wire as never), options))
  return { edge, s3, sqs, bodies, received }
}

const message = (body: string, groupId = 'g'): Message => createMessage({ type: 'order', body, groupId })

async function refusalOf(sending: Promise<void>): Promise<EdgeSendError> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof EdgeSendError) return error
  return expect.fail(`expected an EdgeSendError, got ${error}`)
}

describe('a body over the limit', () => {
  it('goes to S3, and the message carries where it is', async () => {
    const { edge, bodies, received } = edgeWith()
    const sent = message(overTheLimit)
    await edge.send([sent])
    const [arrived] = received()
    expect(arrived).toMatchObject({ body: '', trackingId: sent.trackingId, groupId: 'g', type: 'order' })
    expect(await bodies.read(arrived?.bodyReference as never)).toBe(overTheLimit)
  })

  it('goes there too, whatever its size, with a character that SQS does not allow', async () => {
    const { edge, bodies, received } = edgeWith()
    await edge.send([message('before'), message('\u0001')])
    expect(await bodies.read(received()[1]?.bodyReference as never)).toBe('\u0001')
  })

  it('is refused by an edge without large bodies', async () => {
    const { edge, sqs } = edgeWith({}, { largeBodies: undefined })
    await expect(edge.send([message('\u0001')])).rejects.toThrow('U+0001, a character that SQS does not allow')
    const { message: sentence } = await refusalOf(edge.send([message(overTheLimit)]))
    expect(sentence).toContain('bytes are over the limit of 1048576')
    expect(sqs.requests).toEqual([])
  })

  it('keeps its place in its group, and leaves the others as they are', async () => {
    const { edge, received, s3 } = edgeWith()
    await edge.send([message('1'), message(overTheLimit), message('3'), message('4', 'other')])
    const inGroup = received().filter(({ groupId }) => groupId === 'g')
    expect(inGroup.map(({ body }) => body)).toEqual(['1', '', '3'])
    expect(s3.objects.size).toBe(1)
  })

  it('is stored once, however often the message is tried', async () => {
    const throttled = { Code: 'RequestThrottled', SenderFault: false }
    const { edge, s3, sqs } = edgeWith({ sqs: { ofEntry: (_, request) => (request < 3 ? throttled : undefined) } })
    await edge.send([message(overTheLimit)])
    expect(sqs.requests).toHaveLength(4)
    expect(s3.requests).toHaveLength(1)
  })

  it('is tried again when S3 fails, in the place of its message', async () => {
    let failures = 2
    const failing: S3Faults = { ofRequest: () => (failures-- > 0 ? { status: 503, code: 'SlowDown' } : undefined) }
    const { edge, received } = edgeWith({ s3: failing })
    await edge.send([message(overTheLimit), message('2')])
    expect(received().map(({ body }) => body)).toEqual(['', '2'])
  })

  it('fails its message, and what comes after it in its group, when S3 refuses it', async () => {
    const { edge, received } = edgeWith({ s3: { ofRequest: () => ({ status: 403, code: 'AccessDenied' }) } })
    const [large, after, other] = [message(overTheLimit), message('2'), message('3', 'other')]
    const { notAccepted, retryable } = await refusalOf(edge.send([large, after, other]))
    expect(retryable).toBe(false)
    expect(notAccepted.map(({ trackingId }) => trackingId)).toEqual([large.trackingId, after.trackingId])
    expect(notAccepted[0]?.reason).toContain('S3 denied it in orders-bodies')
    expect(received().map(({ body }) => body)).toEqual(['3'])
  })

  it('does not hold up an abort', { timeout: 5_000 }, async () => {
    const aborter = new AbortController()
    const stalled: S3Faults = {
      ofRequest() {
        aborter.abort()
        return new Promise<never>(() => {})
      },
    }
    const { edge, sqs } = edgeWith({ s3: stalled })
    const { notAccepted } = await refusalOf(edge.send([message(overTheLimit)], { signal: aborter.signal }))
    expect(notAccepted).toMatchObject([{ reason: 'the send was aborted while its body was stored', retryable: true }])
    expect(sqs.requests).toEqual([])
  })

  it('is not stored once a request was refused as a whole', async () => {
    const { edge, s3 } = edgeWith({ sqs: { ofRequest: () => ({ status: 403, code: 'AccessDenied' }) } })
    await refusalOf(edge.send([message('1'), message(overTheLimit)]))
    expect(s3.requests).toEqual([])
  })
})

describe('a send of which everything is large', () => {
  it('stores every body, with characters that SQS does not allow', async () => {
    const { edge, bodies, received } = edgeWith()
    await edge.send([message('\0'), message('2')], { large: true })
    const texts = await Promise.all(received().map(({ bodyReference }) => bodies.read(bodyReference as never)))
    expect(texts).toEqual(['\0', '2'])
  })

  it('stores no body of a message that cannot be sent', async () => {
    const { edge, s3 } = edgeWith()
    const { message: sentence } = await refusalOf(edge.send([message('')], { large: true }))
    expect(sentence).toContain('its body is not text of 1 character or more')
    expect(s3.requests).toEqual([])
  })

  it('needs large bodies', async () => {
    const { edge } = edgeWith({}, { largeBodies: undefined })
    await expect(edge.send([message('1')], { large: true })).rejects.toThrow('send: large is for an edge that has')
    await expect(edge.send([message('1')], { large: 'yes' } as unknown as SendOptions)).rejects.toThrow('send: large')
  })
})

describe('a message whose body is in S3 already', () => {
  it('goes by its reference where the body is the edge’s, and is not stored again', async () => {
    const { edge, bodies, s3, received } = edgeWith()
    const bodyReference = await bodies.store('stored before')
    await edge.send([createMessage({ type: 'order', bodyReference })])
    const { bucket: _, ...onTheWire } = bodyReference
    expect(received()).toMatchObject([{ body: '', bodyReference: onTheWire }])
    expect(s3.requests).toHaveLength(1)
  })

  it('goes as text to another edge when it was read, and is stored for that edge when it is over the limit', async () => {
    const elsewhere = await fakeS3().bodies({ bucket: 'other-bodies' }).store('elsewhere')
    const { edge, s3, bodies, received } = edgeWith()
    await edge.send([
      { ...message('read', 'a'), bodyReference: elsewhere },
      { ...message(overTheLimit, 'b'), bodyReference: elsewhere },
    ])
    const [small, large] = received().sort((a, b) => a.groupId.localeCompare(b.groupId))
    expect(small).toMatchObject({ body: 'read' })
    expect(small).not.toHaveProperty('bodyReference')
    expect(await bodies.read(large?.bodyReference as never)).toBe(overTheLimit)
    expect(s3.objects.size).toBe(1)
  })

  it.each([
    ['another bucket', { bucket: 'other-bodies' }],
    ['another prefix', { prefix: 'invoices/' }],
  ])('is refused by an edge with %s when it was not read', async (_, place) => {
    const bodyReference = await fakeS3().bodies(place).store('elsewhere')
    const { edge, sqs } = edgeWith()
    const { message: sentence } = await refusalOf(edge.send([createMessage({ type: 'order', bodyReference })]))
    expect(sentence).toContain(
      'its body of 9 bytes is in S3, but not where this edge has its own: read it with bodyStream and store it there',
    )
    expect(sqs.requests).toEqual([])
  })

  it('that was not read is copied from where the messages of the edge come from', async () => {
    const source = fakeS3()
    const from = source.bodies({ bucket: 'other-bodies' })
    const unread = createMessage({ type: 'order', bodyReference: await from.store(overTheLimit), groupId: 'g' })
    const { edge, bodies, received } = edgeWith({}, { bodiesFrom: from })
    await edge.send([message('before'), unread, message('after')])
    expect(received().map(({ body }) => body)).toEqual(['before', '', 'after'])
    expect(await bodies.read(received()[1]?.bodyReference as never)).toBe(overTheLimit)
  })

  it('is refused, and what comes after it in its group, when what is to be copied was changed', async () => {
    const source = fakeS3()
    const from = source.bodies({ bucket: 'other-bodies' })
    const [first, second] = [await from.store('one'), await from.store('two')]
    source.objects.set(first.key, source.objects.get(second.key) as never)
    const unread = createMessage({ type: 'order', bodyReference: first, groupId: 'g' })
    const { edge, s3, sqs } = edgeWith({}, { bodiesFrom: from })
    const { notAccepted, retryable } = await refusalOf(edge.send([unread, message('after')]))
    expect(retryable).toBe(false)
    expect(notAccepted.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('what is stored does not have the hash of its reference'),
      expect.stringContaining('held back'),
    ])
    expect([s3.objects.size, sqs.requests.length]).toEqual([0, 0])
  })

  it('is refused when nobody knows its bucket, as right from the wire, and by an edge without large bodies', async () => {
    const bodyReference = await fakeS3().bodies().store('stored')
    const { bucket: _, ...onTheWire } = bodyReference
    const sending = edgeWith().edge.send([createMessage({ type: 'order', bodyReference: onTheWire })])
    await expect(sending).rejects.toThrow('not where this edge has its own')
    const { edge } = edgeWith({}, { largeBodies: undefined })
    await expect(edge.send([createMessage({ type: 'order', bodyReference })])).rejects.toThrow('not where this edge')
  })
})

describe('an edge that compresses', () => {
  it('sends a longer body compressed, and one for which that is no shorter as it is', async () => {
    const { edge, sqs, received } = edgeWith({}, { compressOver: 100 })
    const bodies = ['short', 'ü'.repeat(1_000), randomBytes(150).toString('base64')]
    await edge.send(bodies.map((body, group) => message(body, `${group}`)))
    expect(received().map(({ body }) => body)).toEqual(bodies)
    const encodings = sqs.accepted.map(({ MessageAttributes }) => MessageAttributes?.contentEncoding?.StringValue)
    expect(encodings).toEqual([undefined, 'gzip', undefined])
  })

  it('stores only what is over the limit when it is compressed', async () => {
    const { edge, s3, received } = edgeWith({}, { compressOver: 100 })
    await edge.send([message(overTheLimit)])
    expect(received()).toMatchObject([{ body: overTheLimit }])
    expect(s3.requests).toEqual([])
  })
})

it('targets have large bodies each of their own', async () => {
  const s3 = fakeS3()
  const sqs = fakeSqs()
  const other = queueUrl.replace('orders', 'invoices')
  const queueUrls = [queueUrl, other]
  const targets = createTargets({ queueUrls, client: sqs.client, largeBodies: { [queueUrl]: s3.bodies() } })
  await targets(queueUrl).send([message(overTheLimit)])
  await expect(targets(other).send([message(overTheLimit)])).rejects.toThrow('over the limit')
  expect(s3.objects.size).toBe(1)
  const stranger = queueUrl.replace('orders', 'strangers')
  const misled = () => createTargets({ queueUrls, client: sqs.client, largeBodies: { [stranger]: s3.bodies() } })
  expect(misled).toThrow(`${stranger} is not a target of this node`)
})
