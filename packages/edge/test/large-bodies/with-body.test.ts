import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import {
  bodyStream,
  childOf,
  createMessage,
  decodeMessage,
  encodeMessage,
  type LargeBodies,
  type Message,
  MessageError,
  withBody,
} from '../../src/index.ts'
import { recordOf } from '../records.ts'
import { fakeS3 } from './fake-s3.ts'

const bodies = fakeS3().bodies({ maxInlineBytes: 10 })

/** A message as it is received. */
async function received(body: string): Promise<Message> {
  const sent = createMessage({ type: 'order', bodyReference: await bodies.store(body) })
  return decodeMessage(recordOf(encodeMessage(sent, { fifo: true })))
}

describe('withBody', () => {
  it('leaves a message with a body of its own alone', async () => {
    const message = createMessage({ type: 'order', body: 'a' })
    expect(await withBody(message, undefined)).toBe(message)
  })

  it('reads a body that is in S3, and says where it was found', async () => {
    const message = await received('1234567890')
    const bodyReference = { ...message.bodyReference, bucket: 'orders-bodies' }
    const expected = { ...message, body: '1234567890', bodyReference }
    expect(await withBody(message, bodies)).toEqual(expected)
    expect(await withBody(message, bodies, { streamBodies: true })).toEqual(expected)
  })

  it('leaves one that is larger than may be text to a node that streams, and fails it at another', async () => {
    const message = await received('12345678901')
    expect(await withBody(message, bodies, { streamBodies: true })).toMatchObject({ body: '' })
    await expect(withBody(message, bodies)).rejects.toThrow(MessageError)
    await expect(withBody(message, bodies)).rejects.toThrow('its body of 11 bytes is over the 10')
  })

  it('fails one at a node that has no large bodies', async () => {
    await expect(withBody(await received('a'), undefined)).rejects.toThrow('this node has no large bodies')
  })

  it('ends with its signal', async () => {
    const signal = AbortSignal.abort()
    await expect(withBody(await received('a'), bodies, { signal })).rejects.toMatchObject({ retryable: true })
  })
})

describe('bodyStream', () => {
  const text = async (message: Message, bodies: LargeBodies | undefined) =>
    (await buffer(bodyStream(message, bodies))).toString()

  it('gives the bytes of a body, wherever it is', async () => {
    expect(await text(await received('12345678901 ü'), bodies)).toBe('12345678901 ü')
    expect(await text(createMessage({ type: 'order', body: 'ü' }), undefined)).toBe('ü')
  })

  it('fails at a node that has no large bodies', async () => {
    await expect(text(await received('a'), undefined)).rejects.toThrow('this node has no large bodies')
  })
})

describe('what comes of a message with a body in S3', () => {
  const target = 'https://sqs.eu-west-1.amazonaws.com/111111111111/invoices.fifo'

  it('has its body, as text if it was read and by its reference', async () => {
    const message = await withBody(await received('a'), bodies)
    expect(childOf(message, target)).toMatchObject({ body: 'a', bodyReference: message.bodyReference })
  })

  it('has the body that is given instead, of its own or in S3', async () => {
    const message = await withBody(await received('a'), bodies)
    expect(childOf(message, target, { body: 'b' })).not.toHaveProperty('bodyReference')
    const bodyReference = await bodies.store('b')
    expect(childOf(message, target, { bodyReference })).toMatchObject({ body: '', bodyReference })
  })

  it('has a tracking id that follows from the hash of the body, read or not, not from where it is', async () => {
    const first = await received('a')
    const idOf = (changes: Partial<Message>, ordinal = 0) => childOf({ ...first, ...changes }, target, {}, ordinal)
    const again = { trackingId: first.trackingId, bodyReference: await bodies.store('a') }
    const same = [idOf({}), idOf(again), idOf(await withBody(first, bodies))].map(({ trackingId }) => trackingId)
    expect(new Set(same).size).toBe(1)
    const others = [idOf({ bodyReference: await bodies.store('b') }), idOf({}, 1), idOf({ groupId: 'b' })]
    expect(new Set([...same, ...others.map(({ trackingId }) => trackingId)]).size).toBe(4)
  })
})
