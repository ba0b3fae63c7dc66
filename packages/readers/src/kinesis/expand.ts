import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { _Record } from '@aws-sdk/client-kinesis'
import type { SourceRecord } from '../source.ts'
import { recordsIn } from './records-in.ts'

const expandGzip = promisify(gunzip)

/** The most bytes that a record of gzip may have, expanded. */
export const maxExpandedBytes: number = 64 * 1024 ** 2

/** So much is expanded at once, unless one record alone has more. */
const bytesAtOnce = 16 * 1024 ** 2

/** How many times larger than itself deflate can become: https://zlib.net/zlib_tech.html ("Maximum Compression Factor") */
const maxRatio = 1_032

/** So many records are in a batch at most, as in an answer of Kinesis. */
const recordsAtOnce = 10_000

/** Records that are expanded. */
export interface Expanded {
  readonly records: readonly SourceRecord[]
  /** Whether none come after them. */
  readonly isLast: boolean
}

/**
 * The same records, in their order, what is gzip expanded. They come in batches, each made when it is asked for: what
 * Kinesis answers at once, 10 MB, may be 10 GB of it, or two million records of an aggregate. Without records there is one
 * batch, which is empty.
 */
export async function* expanded(records: Iterable<SourceRecord>, most: number): AsyncGenerator<Expanded, void> {
  let batch: SourceRecord[] = []
  let bytes = 0
  for (const { group, isLast } of groupsOf(records, most)) {
    const some = await expandAll(group, most)
    for (const [index, record] of some.entries()) if (record !== group[index]) bytes += record.data.length
    batch = batch.length === 0 ? some : batch.concat(some)
    if (bytes < bytesAtOnce && batch.length < recordsAtOnce && !isLast) continue
    yield { records: batch, isLast }
    batch = []
    bytes = 0
  }
}

/** Records that cannot become too much together, whatever is in them. */
function* groupsOf(
  records: Iterable<SourceRecord>,
  most: number,
): Generator<{ group: SourceRecord[]; isLast: boolean }> {
  let group: SourceRecord[] = []
  let bytes = 0
  for (const record of records) {
    const more = isGzip(record.data) ? Math.min(most, record.data.length * maxRatio) : 0
    if (group.length > 0 && (bytes + more > bytesAtOnce || group.length === recordsAtOnce)) {
      yield { group, isLast: false }
      group = []
      bytes = 0
    }
    group.push(record)
    bytes += more
  }
  yield { group, isLast: true }
}

async function expandAll(group: readonly SourceRecord[], most: number): Promise<SourceRecord[]> {
  const records = [...group]
  // A promise for each record would cost more than all else that is done with it, and few are gzip.
  const expansions: Promise<unknown>[] = []
  for (const [index, record] of records.entries()) {
    if (!isGzip(record.data)) continue
    const expansion = expand(record, most).then((whole) => {
      records[index] = whole
    })
    expansions.push(expansion)
  }
  await Promise.all(expansions)
  return records
}

async function expand(record: SourceRecord, most: number): Promise<SourceRecord> {
  try {
    return { ...record, data: await expandGzip(record.data, { maxOutputLength: most }) }
  } catch (error) {
    // What only begins like gzip is taken as it is; what would fill the memory is not.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return record
    return { ...record, fault: `it expands to more than ${most} bytes` }
  }
}

/** https://www.rfc-editor.org/rfc/rfc1952 (2.3.1) */
function isGzip(data: Uint8Array): boolean {
  return data.length > 2 && data[0] === 0x1f && data[1] === 0x8b && data[2] === 8
}

/**
 * The records in what GetRecords answers, for who asks Kinesis without {@link kinesisSource}: each itself, or those that
 * the Kinesis Producer Library has aggregated, also such as are another shard's; what is gzip is expanded, up to 64 MiB.
 * They come in batches, of which the next is expanded when it is asked for.
 *
 * @example
 * ```ts
 * import type { GetRecordsOutput } from '@aws-sdk/client-kinesis'
 * import { kinesisRecords } from '@causeway-aws/readers'
 *
 * export async function print({ Records = [] }: GetRecordsOutput): Promise<void> {
 *   for await (const records of kinesisRecords(Records)) {
 *     for (const { position, data } of records) process.stdout.write(`${position} ${Buffer.from(data)}\n`)
 *   }
 * }
 * ```
 */
export async function* kinesisRecords(records: readonly _Record[]): AsyncGenerator<readonly SourceRecord[], void> {
  for await (const batch of expanded(recordsIn(records), maxExpandedBytes)) yield batch.records
}
