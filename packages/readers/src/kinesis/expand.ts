import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { _Record } from '@aws-sdk/client-kinesis'
import type { SourceRecord } from '../source.ts'
import { subRecordsOf } from './aggregate.ts'
import { type HashRange, isFor, isForSome } from './hash-range.ts'
import { formatPosition } from './position.ts'

const expandGzip = promisify(gunzip)

/** What records of a shard hold: each itself, or the records that were aggregated into it; what is gzip is expanded. */
export async function expand(
  taken: readonly _Record[],
  range: HashRange | undefined,
  maxExpandedBytes: number,
): Promise<SourceRecord[]> {
  const records = taken.flatMap((record) => recordsIn(record, range))
  // A promise for each record would cost more than all else that is done with it, and few are gzip.
  const expansions: Promise<unknown>[] = []
  for (const [index, record] of records.entries()) {
    if (!isGzip(record.data)) continue
    const expansion = expanded(record, maxExpandedBytes).then((whole) => {
      records[index] = whole
    })
    expansions.push(expansion)
  }
  await Promise.all(expansions)
  return records
}

function recordsIn(
  { Data = new Uint8Array(), PartitionKey, SequenceNumber = '', ApproximateArrivalTimestamp }: _Record,
  range: HashRange | undefined,
): SourceRecord | SourceRecord[] {
  const timestamp = ApproximateArrivalTimestamp && { timestamp: ApproximateArrivalTimestamp }
  const subRecords = subRecordsOf(Data)
  if (!subRecords) {
    return {
      position: SequenceNumber,
      data: Data,
      ...(PartitionKey !== undefined && { key: PartitionKey }),
      ...timestamp,
    }
  }
  return subRecords.flatMap((sub, subSequence) => {
    const isSome = isForSome(sub)
    if (range && isSome && !isFor(range, sub)) return []
    const position = formatPosition({ sequenceNumber: SequenceNumber, subSequence })
    const fault = 'its explicit hash key is no number of 128 bits, so it is for no shard'
    return { position, data: sub.data, key: sub.partitionKey, ...timestamp, ...(!isSome && { fault }) }
  })
}

async function expanded(record: SourceRecord, maxExpandedBytes: number): Promise<SourceRecord> {
  try {
    return { ...record, data: await expandGzip(record.data, { maxOutputLength: maxExpandedBytes }) }
  } catch (error) {
    // What only begins like gzip is taken as it is; what would fill the memory is not.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return record
    return { ...record, fault: `it expands to more than ${maxExpandedBytes} bytes` }
  }
}

/** https://www.rfc-editor.org/rfc/rfc1952 (2.3.1) */
function isGzip(data: Uint8Array): boolean {
  return data.length > 2 && data[0] === 0x1f && data[1] === 0x8b && data[2] === 8
}

/**
 * The records in a record as GetRecords answers it, for who asks Kinesis without {@link kinesisSource}: itself, or those
 * that the Kinesis Producer Library has aggregated, also such as are another shard's; what is gzip is expanded, up to 64 MiB.
 *
 * @example
 * ```ts
 * import type { GetRecordsOutput } from '@aws-sdk/client-kinesis'
 * import { kinesisRecords, type SourceRecord } from '@causeway-aws/readers'
 *
 * export async function recordsOf({ Records = [] }: GetRecordsOutput): Promise<SourceRecord[]> {
 *   return (await Promise.all(Records.map(kinesisRecords))).flat()
 * }
 * ```
 */
export function kinesisRecords(record: _Record): Promise<SourceRecord[]> {
  return expand([record], undefined, 64 * 1024 ** 2)
}
