import { gzipSync } from 'node:zlib'
import type { SQSRecord } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BodyReference,
  createMessage,
  decodeMessage,
  encodeMessage,
  type Message,
  MessageError,
} from '../../src/index.ts'
import { messages } from '../arbitraries.ts'
import { record, recordOf } from '../records.ts'

const bodyReference: BodyReference = { key: 'orders/7f', sha256: 'a'.repeat(64), length: 20, expandedLength: 100 }
const large: Message = createMessage({ type: 'order', bodyReference })

/** A record with further attributes of type String. */
function withAttributes(body: string, further: Record<string, string>): SQSRecord {
  const { messageAttributes, ...rest } = record('x')
  for (const [name, stringValue] of Object.entries(further))
    messageAttributes[name] = { dataType: 'String', stringValue }
  return { ...rest, body, messageAttributes }
}

describe('a body in S3, on the wire,', () => {
  it('is the attribute bodyRef, with a body for people, and without the bucket', () => {
    const { MessageBody, MessageAttributes } = encodeMessage(
      { ...large, bodyReference: { ...bodyReference, bucket: 'orders-bodies' } },
      { fifo: true },
    )
    expect(MessageBody).toMatch(/^[ -~]+$/)
    expect(MessageAttributes.bodyRef).toEqual({
      DataType: 'String',
      StringValue: `{"key":"orders/7f","sha256":"${'a'.repeat(64)}","length":20,"expandedLength":100}`,
    })
    expect(MessageAttributes).not.toHaveProperty('contentEncoding')
  })

  it('is read as it was sent, whatever the message says', () => {
    expect(decodeMessage(recordOf(encodeMessage(large, { fifo: true })))).toEqual(large)
    const bodyRef = JSON.stringify(bodyReference, null, 2)
    expect(decodeMessage(withAttributes('Anything.', { bodyRef }))).toMatchObject({ body: '', bodyReference })
  })

  it.each([
    ['no JSON', 'secret'],
    ['cut short', JSON.stringify(bodyReference).slice(0, -1)],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['an empty object', '{}'],
    ['a key that is a number', { key: 1 }],
    ['an empty key', { key: '' }],
    ['a key without a prefix', { key: 'secret' }],
    ['a key that goes up', { key: 'orders/../secret' }],
    ['a key with an encoded dot', { key: 'orders/%2e%2e/secret' }],
    ['a key with a backslash', { key: 'orders\\secret' }],
    ['a key with a line break', { key: 'orders/a\nb' }],
    ['a key of 1,025 characters', { key: `orders/${'a'.repeat(1_018)}` }],
    ['a hash in capitals', { sha256: 'A'.repeat(64) }],
    ['a short hash', { sha256: 'a'.repeat(63) }],
    ['a length that is text', { length: '20' }],
    ['a length of 0', { length: 0 }],
    ['a negative length', { expandedLength: -1 }],
    ['a fraction', { expandedLength: 1.5 }],
    ['more than a number can hold', { expandedLength: 2 ** 53 }],
    ['a field too many', { versionId: 'secret' }],
    ['a bucket', { bucket: 'secret' }],
  ])('is refused when the reference is or has %s, in a sentence that does not quote it', (_, wrong) => {
    const bodyRef = typeof wrong === 'string' ? wrong : JSON.stringify({ ...bodyReference, ...wrong })
    const decode = () => decodeMessage(withAttributes('Anything.', { bodyRef }))
    expect(decode).toThrow(MessageError)
    expect(decode).toThrow(/^The message cannot be sent or read: its attribute "bodyRef" is [^.]*\.$/)
    expect(decode).not.toThrow('secret')
  })

  it('is refused when it is to be sent with a malformed reference, or none', () => {
    const sending = (bodyReference: unknown) => () =>
      encodeMessage({ ...large, bodyReference } as Message, { fifo: true })
    expect(sending({ ...bodyReference, sha256: '' })).toThrow('body reference is malformed: sha256 is not 64')
    expect(sending('orders/7f')).toThrow('body reference is malformed')
    expect(sending(undefined)).toThrow('body is not text of 1 character or more')
  })

  it('is refused with a content encoding beside it', () => {
    const bodyRef = JSON.stringify(bodyReference)
    expect(() => decodeMessage(withAttributes('a', { bodyRef, contentEncoding: 'gzip' }))).toThrow(
      'it has both a "bodyRef" and a "contentEncoding"',
    )
  })
})

describe('a compressed body, on the wire,', () => {
  const gzip = (text: string | Buffer) => gzipSync(text).toString('base64')
  const decode = (body: string, options = {}) =>
    decodeMessage(withAttributes(body, { contentEncoding: 'gzip' }), options)

  it('is base64 of gzip where it is over the given size and that is shorter, and else as it is', () => {
    const encoded = (body: string, compressOver: number) =>
      encodeMessage(createMessage({ type: 'order', body }), { fifo: true, compressOver })
    const { MessageBody, MessageAttributes } = encoded('a'.repeat(1_000), 999)
    expect(MessageAttributes.contentEncoding).toEqual({ DataType: 'String', StringValue: 'gzip' })
    expect(MessageBody).toMatch(/^H4sI[A-Za-z0-9+/]*={0,2}$/)
    expect(encoded('a'.repeat(1_000), 1_000).MessageBody).toBe('a'.repeat(1_000))
    expect(encoded(crypto.randomUUID(), 1).MessageAttributes).not.toHaveProperty('contentEncoding')
  })

  it('is read as it was sent', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const sent = { ...message, body: message.body.repeat(20), previousTrackingIds: [] }
        expect(decodeMessage(recordOf(encodeMessage(sent, { fifo: true, compressOver: 1 })))).toEqual(sent)
      }),
    )
  })

  it('may hold characters that SQS does not allow, and a byte order mark', () => {
    expect(decode(gzip('\ufeff\0'))).toMatchObject({ body: '\ufeff\0' })
  })

  it('is not made of more than every receiver expands', () => {
    const message = createMessage({ type: 'order', body: 'a'.repeat(4 * 1024 ** 2 + 1) })
    expect(encodeMessage(message, { fifo: true, compressOver: 1 }).MessageAttributes).not.toHaveProperty(
      'contentEncoding',
    )
  })

  it.each([
    ['no base64', '{"order":7}', 'not base64'],
    ['base64 with a line break', `${gzip('secret').slice(0, 8)}\n${gzip('secret').slice(8)}`, 'not base64'],
    ['no gzip', Buffer.from('secret').toString('base64'), 'not gzip'],
    ['cut short', gzipSync('secret').subarray(0, -3).toString('base64'), 'cut short'],
    ['damaged', damaged(gzipSync('secret')).toString('base64'), 'damaged'],
    ['followed by something', Buffer.concat([gzipSync('a'), Buffer.from('secret')]).toString('base64'), 'damaged'],
    ['followed by another', Buffer.concat([gzipSync('a'), gzipSync('b')]).toString('base64'), 'followed by something'],
    [
      'followed by an empty one',
      Buffer.concat([gzipSync('a'), gzipSync('')]).toString('base64'),
      'followed by something',
    ],
    ['followed by zeros', Buffer.concat([gzipSync('a'), Buffer.alloc(2)]).toString('base64'), 'followed by something'],
    [
      'followed by a zero and what could be its end',
      Buffer.concat([gzipSync('a'), Buffer.from([0, 1, 0, 0, 0])]).toString('base64'),
      'followed by something',
    ],
    ['not UTF-8', gzip(Buffer.from([0xff])), 'not UTF-8'],
    ['empty', gzip(''), 'not text of 1 character or more'],
    ['nothing', '', 'cut short'],
  ])('is refused when it is %s, in a sentence that does not quote it', (_, body, words) => {
    expect(() => decode(body)).toThrow(MessageError)
    expect(() => decode(body)).toThrow(words)
    expect(() => decode(body)).toThrow(/^The message cannot be sent or read: [^.]*\.$/)
    expect(() => decode(body)).not.toThrow('secret')
  })

  it('is refused when it is a bomb: 4 MiB are expanded, or what the receiver says', () => {
    const bomb = gzip(Buffer.alloc(4 * 1024 ** 2 + 1, 'a'))
    expect(() => decode(bomb)).toThrow('expands to more than 4194304 bytes')
    expect(() => decode(gzip('a'.repeat(101)), { maxExpandedBytes: 100 })).toThrow('more than 100 bytes')
    expect(decode(gzip('a'.repeat(100)), { maxExpandedBytes: 100 }).body).toHaveLength(100)
  })

  it('is refused in an encoding that nobody knows', () => {
    for (const contentEncoding of ['zstd', 'GZIP', '', 'gzip, gzip']) {
      expect(() => decodeMessage(withAttributes('a', { contentEncoding }))).toThrow('"contentEncoding" is not "gzip"')
    }
  })
})

it('refuses more attributes than SQS carries', () => {
  const further = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`their${n}`, 'x']))
  expect(decodeMessage(withAttributes('a', further(8))).body).toBe('a')
  expect(() => decodeMessage(withAttributes('a', further(9)))).toThrow('it has 11 attributes, and SQS carries 10')
})

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length - 6] = (copy[copy.length - 6] ?? 0) ^ 0xff
  return copy
}
