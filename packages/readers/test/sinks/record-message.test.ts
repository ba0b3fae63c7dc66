import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordEncodingError, recordMessage } from '../../src/index.ts'

const origin = { source: 'kafka:orders', partition: '0', type: 'order' }
const record = { position: '7', key: 'customer-1', data: Buffer.from('{"id":7}') }

describe('The message of a record', () => {
  it('has the record as its body and the key as its group', () => {
    expect(recordMessage(record, origin)).toMatchObject({ body: '{"id":7}', type: 'order', groupId: 'customer-1' })
  })

  it('is the same message whenever the record is read, and another for any other place', () => {
    const idOf = (...[position, partition, source]: [string, string, string]) =>
      recordMessage({ ...record, position }, { ...origin, partition, source }).trackingId
    expect(idOf('7', '0', 'a')).toBe(idOf('7', '0', 'a'))
    expect(new Set([idOf('7', '0', 'a'), idOf('8', '0', 'a'), idOf('7', '1', 'a'), idOf('7', '0', 'b')]).size).toBe(4)
  })

  it('is grouped by its partition without a key, and by a hash of a key that SQS does not take', () => {
    expect(recordMessage({ position: '7', data: record.data }, origin).groupId).toBe('0')
    expect(recordMessage({ ...record, key: 'a customer' }, origin).groupId).toMatch(/^[0-9a-f]{64}$/)
  })

  it('is grouped by a key that is no text as by any other', () => {
    const groupOf = (hex: string) =>
      recordMessage({ position: '7', keyBytes: Buffer.from(hex, 'hex'), data: record.data }, origin).groupId
    expect(new Set(['00c8', '00c9', '00c8'].map(groupOf)).size).toBe(2)
  })

  it('carries any bytes in base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (data) => {
        const { body } = recordMessage({ ...record, data }, { ...origin, encoding: 'base64' })
        expect([...Buffer.from(body, 'base64')]).toEqual([...data])
      }),
    )
  })

  it('says in an envelope all that is known of the record', () => {
    const timestamp = new Date('2026-11-22T12:00:00Z')
    const headers = [['trace', Buffer.from('17')]] as const
    const { body } = recordMessage({ ...record, timestamp, headers }, { ...origin, encoding: 'envelope' })
    expect(JSON.parse(body)).toEqual({
      source: 'kafka:orders',
      partition: '0',
      position: '7',
      key: 'customer-1',
      timestamp: '2026-11-22T12:00:00.000Z',
      headers: [['trace', 'MTc=']],
      data: 'eyJpZCI6N30=',
    })
  })

  it('says in an envelope a key that is no text in base64, and which header has no value', () => {
    const headers = [
      ['empty', Buffer.alloc(0)],
      ['none', null],
    ] as const
    const binary = { position: '7', keyBytes: Buffer.from('00c8', 'hex'), headers, data: Buffer.from('1') }
    const { body } = recordMessage(binary, { ...origin, encoding: 'envelope' })
    expect(JSON.parse(body)).toEqual({
      ...{ source: 'kafka:orders', partition: '0', position: '7', data: 'MQ==' },
      keyBase64: 'AMg=',
      headers: [
        ['empty', ''],
        ['none', null],
      ],
    })
  })

  it.each([
    ['not text in UTF-8', Buffer.from([0xff])],
    ['empty', Buffer.alloc(0)],
  ])('is none of a record that is %s, unless in another encoding', (fault, data) => {
    expect(() => recordMessage({ ...record, data }, origin)).toThrow(RecordEncodingError)
    expect(() => recordMessage({ ...record, data }, origin)).toThrow(fault)
    expect(recordMessage({ ...record, data }, { ...origin, encoding: 'envelope' }).body).toContain('"position":"7"')
  })
})
