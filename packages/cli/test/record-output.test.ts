import type { SourceRecord } from '@causeway-aws/readers'
import { describe, expect, it } from 'vitest'
import { formatRecords, type RecordOutput, recordFormat } from '../src/record-output.ts'

const order: SourceRecord = {
  position: '7',
  key: 'customer-1',
  timestamp: new Date('2026-11-22T09:30:00Z'),
  data: Buffer.from('{"id":7}'),
}
const formatted = (record: SourceRecord, output: RecordOutput) =>
  Buffer.from(formatRecords([record], 'shard-1', output, { paint: (_, text) => text })).toString('latin1')

describe('A record', () => {
  it('is a document with what is known of it', () => {
    const headers = [['trace', Buffer.from('17')]] as const
    expect(JSON.parse(formatted({ ...order, headers }, 'ndjson'))).toEqual({
      partition: 'shard-1',
      position: '7',
      key: 'customer-1',
      timestamp: '2026-11-22T09:30:00.000Z',
      headers: [['trace', '17']],
      data: '{"id":7}',
    })
  })

  it('that is no text is in base64 in its document', () => {
    const document = JSON.parse(formatted({ position: '7', data: Buffer.from([0xff, 0]) }, 'ndjson'))
    expect(document).toEqual({ partition: 'shard-1', position: '7', base64: '/wA=' })
  })

  it('has its key and its headers in base64 in its document where they are no text', () => {
    const keyBytes = Buffer.from('00000000000000c8', 'hex')
    const headers = [
      ['trace', Buffer.from('fffe00', 'hex')],
      ['trace', Buffer.from('17')],
      ['empty', Buffer.alloc(0)],
      ['none', null],
    ] as const
    const record = { position: '7', keyBytes, headers, data: Buffer.from('1') }
    expect(JSON.parse(formatted(record, 'ndjson'))).toEqual({
      ...{ partition: 'shard-1', position: '7', data: '1' },
      keyBase64: 'AAAAAAAAAMg=',
      headers: [
        ['trace', { base64: '//4A' }],
        ['trace', '17'],
        ['empty', ''],
        ['none', null],
      ],
    })
    expect(formatted(record, 'table')).toBe('shard-1  7  0x00000000000000c8  1\n')
  })

  it('without a value says so', () => {
    const tombstone: SourceRecord = { position: '7', key: 'customer-1', data: Buffer.alloc(0), tombstone: true }
    expect(JSON.parse(formatted(tombstone, 'ndjson'))).toMatchObject({ tombstone: true, data: '' })
    expect(formatted(tombstone, 'table')).toBe('shard-1  7  customer-1  tombstone\n')
  })

  it('is its bytes and a line end', () => {
    expect(formatted({ ...order, data: Buffer.from([0xff, 0]) }, 'raw')).toBe('\xff\0\n')
  })

  it('is a line that cannot move the cursor, cut where it is long', () => {
    expect(formatted({ ...order, key: 'a\nb', data: Buffer.from(`\u001b${'x'.repeat(300)}`) }, 'table')).toBe(
      `2026-11-22T09:30:00.000Z  shard-1  7  a\\u{a}b  \\u{1b}${'x'.repeat(199)}${Buffer.from('…').toString('latin1')}\n`,
    )
    expect(formatted({ ...order, data: Buffer.from([0xff]) }, 'table')).toMatch(/ {2}1 bytes that are no text\n$/)
  })

  it.each(['ndjson', 'raw', 'table'] as const)('is as many bytes as was said before, as %s', (output) => {
    const records = [order, { ...order, data: Buffer.from('zwölf') }]
    const { sizeOf, format } = recordFormat(output, { paint: (_, text) => text })
    const sizes = records.map((record) => sizeOf(record, 'shard-1'))
    const written = format(records, 'shard-1')
    expect(Buffer.byteLength(written)).toBe(sizes.reduce((sum, size) => sum + size))
    expect(Buffer.from(written)).toEqual(
      Buffer.from(formatRecords(records, 'shard-1', output, { paint: (_, text) => text })),
    )
  })
})
