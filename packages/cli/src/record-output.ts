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
  if (output === 'raw') return Buffer.concat(records.flatMap(({ data }) => [data, lineEnd]))
  const line = output === 'ndjson' ? documentOf : rowOf
  return records.map((record) => `${line(record, partition, paint)}\n`).join('')
}

const lineEnd = Buffer.from('\n')

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
