import { hash } from 'node:crypto'
import * as v from 'valibot'
import { zlib } from '../zlib.ts'
import { chainIdSchema, hashSchema, hourSchema, type Position, sequenceSchema } from './layout.ts'

/** The first line of an object: where it belongs, what it follows, and which records it has. */
export interface Header extends Position {
  readonly format: typeof format
  /** SHA-256 of the object before it in its chain, as it is stored, in hex; `null` for the first. */
  readonly previousHash: string | null
  /** When the object was made, ISO 8601. */
  readonly datetime: string
  /** Of each record, in order, its tracking id and the first 16 hex digits of the SHA-256 of its line. */
  readonly records: readonly RecordMark[]
}

/** Names a record, so that a change of one can be. The object's own hash, in full, is what it is bound by. */
export type RecordMark = readonly [trackingId: string, hash: string]

const format = 'causeway-audit-1'

/** The most records of an object: what is said of it is kept in memory while it is verified. */
export const mostRecords = 10_000

const headerSchema: v.GenericSchema<unknown, Header> = v.strictObject({
  format: v.literal(format),
  hour: hourSchema,
  chainId: chainIdSchema,
  sequence: sequenceSchema,
  previousHash: v.nullable(hashSchema),
  datetime: v.pipe(v.string(), v.isoTimestamp()),
  records: v.array(v.strictTuple([v.string(), v.string()])),
})

/** A record that waits for its object. */
export interface Line {
  readonly trackingId: string
  readonly text: string
}

/** An object as it is to be stored, and its SHA-256. */
export interface EncodedObject {
  readonly body: Buffer
  readonly hash: string
}

/** Makes the object of some records: its header and a line each, compressed. */
export function encodeObject(
  lines: readonly Line[],
  position: Position,
  previousHash: string | null,
  datetime: string,
): EncodedObject {
  const { hour, chainId, sequence } = position
  const records = lines.map(({ trackingId, text }): RecordMark => [trackingId, markOf(text)])
  const header: Header = { format, hour, chainId, sequence, previousHash, datetime, records }
  const text = [JSON.stringify(header), ...lines.map(({ text }) => text), ''].join('\n')
  // A hundred records take 0.1 ms here. Node's thread pool would take more than twice the processor time.
  const body = zlib().gzipSync(text, { level: 3 })
  return { body, hash: hash('sha256', body) }
}

/** The header of a line, or `undefined` when it is none. */
export function headerOf(line: string): Header | undefined {
  try {
    const result = v.safeParse(headerSchema, JSON.parse(line))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}

/** What a line goes by in its object's header. */
export function markOf(line: string | Buffer): string {
  return hash('sha256', line).slice(0, 16)
}
