import type { SQSRecord } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createMessage,
  decodeMessage,
  decodeReceivedMessage,
  encodeMessage,
  type Message,
  MessageError,
  wireBytes,
} from '../src/index.ts'
import { messages } from './arbitraries.ts'
import { record, recordOf } from './records.ts'

const id = 'c9b7e0d8f1a24e0d9c6b5a4f3e2d1c0b'
const parent = '00000000000040008000000000000001'
const message: Message = {
  body: '{"order":7}',
  type: 'order',
  trackingId: id,
  previousTrackingIds: [parent],
  groupId: 'customer-7',
}

describe('a message on the wire', () => {
  it('is a body, String attributes, its group id and, on FIFO, its tracking id as deduplication id', () => {
    expect(encodeMessage(message, { fifo: true })).toEqual({
      MessageBody: '{"order":7}',
      MessageAttributes: {
        trackingId: { DataType: 'String', StringValue: id },
        messageType: { DataType: 'String', StringValue: 'order' },
        prevTrackingIds: { DataType: 'String', StringValue: `["${parent}"]` },
      },
      MessageGroupId: 'customer-7',
      MessageDeduplicationId: id,
    })
  })

  it('has no deduplication id on a standard queue, which refuses one', () => {
    expect(encodeMessage(message, { fifo: false })).not.toHaveProperty('MessageDeduplicationId')
  })

  it('has no prevTrackingIds when there are none, as an EchoStream node sends it', () => {
    const { MessageAttributes } = encodeMessage({ ...message, previousTrackingIds: [] }, { fifo: true })
    expect(Object.keys(MessageAttributes)).toEqual(['trackingId', 'messageType'])
  })

  it('is read back as it was sent, with the last 64 previous tracking ids, from an event and from ReceiveMessage', () => {
    fc.assert(
      fc.property(messages, fc.boolean(), (sent, fifo) => {
        const expected = { ...sent, previousTrackingIds: sent.previousTrackingIds.slice(-64) }
        const wire = encodeMessage(sent, { fifo })
        expect(Object.keys(wire.MessageAttributes).length).toBeLessThanOrEqual(10)
        expect(decodeMessage(recordOf(wire))).toEqual(expected)
        const Attributes = { MessageGroupId: wire.MessageGroupId }
        const received = { Body: wire.MessageBody, MessageAttributes: wire.MessageAttributes, Attributes }
        expect(decodeReceivedMessage(received)).toEqual(expected)
      }),
    )
  })

  it('has the size that SQS counts: UTF-8 bytes of body and of attribute names, types and values', () => {
    const attributes = 'trackingId'.length + 6 + 32 + 'messageType'.length + 6 + 'order'.length
    const bytes = (body: string) => wireBytes(encodeMessage(createMessage({ type: 'order', body }), { fifo: true }))
    expect(bytes('a')).toBe(attributes + 1)
    expect(bytes('é')).toBe(attributes + 2)
    expect(bytes('€')).toBe(attributes + 3)
    expect(bytes('😀')).toBe(attributes + 4)
  })
})

describe('encoding refuses, without repeating the body,', () => {
  it.each([
    ['a NUL', { body: 'secret\0' }, 'U+0000'],
    ['an escape character', { body: 'secret\x1b[0m' }, 'U+001B'],
    ['U+FFFE', { body: 'secret\ufffe' }, 'U+FFFE'],
    ['a lone surrogate', { body: 'secret\ud83d' }, 'surrogate'],
    ['an empty body', { body: '' }, 'body'],
    ['a tracking id in capitals', { trackingId: id.toUpperCase() }, 'tracking id'],
    ['a tracking id with hyphens', { trackingId: '00000000-0000-4000-8000-000000000001' }, 'tracking id'],
    ['a previous tracking id that is none', { previousTrackingIds: ['x'] }, 'previous tracking ids'],
    ['no type', { type: '' }, 'type'],
    ['a type with a line break', { type: 'a\nb' }, 'type'],
    ['a type of 257 characters', { type: 'a'.repeat(257) }, 'type'],
    ['a group id with a space', { groupId: 'my node' }, 'group id'],
    ['no group id', { groupId: '' }, 'group id'],
    ['a group id of 129 characters', { groupId: 'g'.repeat(129) }, 'group id'],
  ])('%s', (_, changes, named) => {
    const encode = () => encodeMessage({ ...message, ...changes }, { fifo: true })
    expect(encode).toThrow(MessageError)
    expect(encode).toThrow(named)
    expect(encode).not.toThrow('secret')
  })

  it('every character that is not on the list of SQS, and no other', () => {
    const allowed = (code: number) =>
      [0x9, 0xa, 0xd].includes(code) ||
      (code >= 0x20 && code <= 0xd7ff) ||
      (code >= 0xe000 && code <= 0xfffd) ||
      code >= 0x10000
    const accepts = (code: number) => {
      try {
        encodeMessage({ ...message, body: String.fromCodePoint(code) }, { fifo: true })
        return true
      } catch {
        return false
      }
    }
    for (let code = 0; code <= 0x10ffff; code += code < 0x10100 ? 1 : 0xfff) {
      if (accepts(code) !== allowed(code)) expect.fail(`U+${code.toString(16)} should be ${allowed(code)}`)
    }
  })
})

describe('decoding', () => {
  it('gives a message of an EchoStream node, which carries no type, the type of the edge', () => {
    const { trackingId } = record('hello').messageAttributes
    const echo = { ...record('hello'), messageAttributes: { trackingId } } as SQSRecord
    expect(decodeMessage(echo, { messageType: 'echo.json' }).type).toBe('echo.json')
    expect(() => decodeMessage(echo)).toThrow('messageType')
  })

  it('prefers the type that a message carries', () => {
    expect(decodeMessage(record('hello'), { messageType: 'other' }).type).toBe('order')
  })

  it('reads the list of previous tracking ids with or without spaces in its JSON, and an empty one', () => {
    const withList = (stringValue: string) => {
      const { messageAttributes, ...rest } = record('hello')
      return {
        ...rest,
        messageAttributes: { ...messageAttributes, prevTrackingIds: { dataType: 'String', stringValue } },
      }
    }
    expect(decodeMessage(withList(`["${id}", "${parent}"]`)).previousTrackingIds).toEqual([id, parent])
    expect(decodeMessage(withList('[]')).previousTrackingIds).toEqual([])
  })

  it('makes a message of a standard queue that has no group id its own group', () => {
    const ungrouped = { ...record('hello', { trackingId: id }), attributes: {} }
    expect(decodeMessage(ungrouped).groupId).toBe(id)
  })

  it("takes SQS's message id as the tracking id of a message that carries none, at every delivery the same", () => {
    const messageId = '059f36b4-87a3-44ab-83d2-661975830a7d'
    const plain = { ...record('hello'), messageId, messageAttributes: {} }
    expect(decodeMessage(plain, { messageType: 'order' }).trackingId).toBe('059f36b487a344ab83d2661975830a7d')
    const received = { MessageId: messageId, Body: 'hello' }
    expect(decodeReceivedMessage(received, { messageType: 'order' }).trackingId).toBe(
      '059f36b487a344ab83d2661975830a7d',
    )
  })

  it('ignores attributes of other names', () => {
    const { messageAttributes, ...rest } = record('hello')
    const theirs = { dataType: 'Number', stringValue: '5' }
    expect(decodeMessage({ ...rest, messageAttributes: { ...messageAttributes, theirs } }).body).toBe('hello')
  })

  it.each([
    ['a tracking id that is not hex', 'trackingId', { dataType: 'String', stringValue: 'g'.repeat(32) }],
    ['a tracking id of 31 digits', 'trackingId', { dataType: 'String', stringValue: 'a'.repeat(31) }],
    ['a binary tracking id', 'trackingId', { dataType: 'Binary', binaryValue: 'YQ==' }],
    ['a tracking id that is null', 'trackingId', null],
    ['a list that is not JSON', 'prevTrackingIds', { dataType: 'String', stringValue: 'secret' }],
    ['a list cut short', 'prevTrackingIds', { dataType: 'String', stringValue: `["${id}"` }],
    ['a list that is an object', 'prevTrackingIds', { dataType: 'String', stringValue: '{}' }],
    ['a list that is null', 'prevTrackingIds', { dataType: 'String', stringValue: 'null' }],
    ['a list of numbers', 'prevTrackingIds', { dataType: 'String', stringValue: '[1]' }],
    ['a type that is a Number', 'messageType', { dataType: 'Number', stringValue: '5' }],
    ['a type with a control character', 'messageType', { dataType: 'String', stringValue: 'a\x1b[2J' }],
  ])('refuses %s, naming the attribute but not what is in it', (_, name, attribute) => {
    const { messageAttributes, ...rest } = record('secret')
    const malformed = { ...rest, messageAttributes: { ...messageAttributes, [name]: attribute } }
    const words = {
      trackingId: /trackingId|tracking id/,
      prevTrackingIds: /prevTrackingIds|previous/,
      messageType: /type/,
    }
    expect(() => decodeMessage(malformed as SQSRecord)).toThrow(MessageError)
    expect(() => decodeMessage(malformed as SQSRecord)).toThrow(words[name as keyof typeof words])
    expect(() => decodeMessage(malformed as SQSRecord)).not.toThrow('secret')
  })

  it('refuses half of a surrogate pair in the body', () => {
    expect(() => decodeMessage({ ...record('hello'), body: 'half \ud83d' })).toThrow('surrogate')
  })
})
