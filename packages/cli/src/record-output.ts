import { isUtf8 } from 'node:buffer'
import type { SourceRecord } from '@causeway-aws/readers/reading'
import type { Terminal } from './terminal.ts'
import { visible } from './visible.ts'

/** How records are printed: a document each, what they hold and a line end, or a line each to look at. */
export type RecordOutput = 'ndjson' | 'raw' | 'table'

/** How much of a record a table shows. */
const shownOfData = 200

/** Records as they are written to standard output. */
export function formatRecords(
  records: readonly SourceRecord[],
  partition: string | undefined,
  output: RecordOutput,
  { paint }: Pick<Terminal, 'paint'>,
): string | Uint8Array {
  if (output === 'raw') return rawRecords(records)
  return records.map((record) => lineOf(record, partition, output, paint)).join('')
}

/** Formats records, of which some are measured before. */
export interface RecordFormat {
  /** How many bytes a record will be. */
  sizeOf(record: SourceRecord, partition: string): number
  format(records: readonly SourceRecord[], partition: string): string | Uint8Array
}

/** As `formatRecords`, of records each of which is made text once, although it is measured before it is written. */
export function recordFormat(output: RecordOutput, { paint }: Pick<Terminal, 'paint'>): RecordFormat {
  if (output === 'raw') return { sizeOf: ({ data }) => data.length + lineEnd.length, format: rawRecords }
  // Some are measured and never written, and nobody says so.
  const measured = new WeakMap<SourceRecord, string>()
  const textOf = (record: SourceRecord, partition: string) =>
    measured.get(record) ?? lineOf(record, partition, output, paint)
  return {
    sizeOf(record, partition) {
      const line = textOf(record, partition)
      measured.set(record, line)
      return Buffer.byteLength(line)
    },
    format: (records, partition) =>
      records
        .map((record) => {
          const line = textOf(record, partition)
          measured.delete(record)
          return line
        })
        .join(''),
  }
}

const lineEnd = Buffer.from('\n')

const rawRecords = (records: readonly SourceRecord[]) => Buffer.concat(records.flatMap(({ data }) => [data, lineEnd]))

function lineOf(
  record: SourceRecord,
  partition: string | undefined,
  output: 'ndjson' | 'table',
  paint: Terminal['paint'],
): string {
  return `${output === 'ndjson' ? documentOf(record, partition) : rowOf(record, partition, paint)}\n`
}

/** What is known of a record; what it holds is `data`, or `base64` where that is no text, and so are its key and headers. */
function documentOf(record: SourceRecord, partition: string | undefined): string {
  const { position, key, keyBytes, timestamp, headers, tombstone, data } = record
  return JSON.stringify({
    ...(partition !== undefined && { partition }),
    position,
    ...(key !== undefined && { key }),
    ...(keyBytes && { keyBase64: bytesOf(keyBytes).toString('base64') }),
    ...(timestamp && { timestamp: timestamp.toISOString() }),
    ...(headers && { headers: headers.map(([name, value]) => [name, value && headerOf(value)]) }),
    ...(tombstone && { tombstone }),
    ...(isUtf8(data) ? { data: bytesOf(data).toString() } : base64Of(data)),
  })
}

const headerOf = (value: Uint8Array): string | object => (isUtf8(value) ? bytesOf(value).toString() : base64Of(value))

const base64Of = (data: Uint8Array) => ({ base64: bytesOf(data).toString('base64') })

function rowOf(record: SourceRecord, partition: string | undefined, paint: Terminal['paint']): string {
  const { position, keyBytes, timestamp, tombstone, data } = record
  const { key = keyBytes ? `0x${bytesOf(keyBytes).toString('hex')}` : '-' } = record
  const known = [timestamp?.toISOString(), partition, position].filter((part) => part !== undefined)
  const shown = tombstone ? paint('dim', 'tombstone') : shownOf(data)
  return `${paint('dim', known.map(visible).join('  '))}  ${visible(key)}  ${shown}`
}

function shownOf(data: Uint8Array): string {
  if (!isUtf8(data)) return `${data.length.toLocaleString('en')} bytes that are no text`
  const text = bytesOf(data).toString()
  return visible(text.length > shownOfData ? `${text.slice(0, shownOfData).toWellFormed()}…` : text)
}

const bytesOf = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
