import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { _Record } from '@aws-sdk/client-kinesis'
import type { SourceRecord } from '../source.ts'
import { subRecordsOf } from './aggregate.ts'
import { type HashRange, isFor } from './hash-range.ts'
import { formatPosition, type ShardPosition } from './position.ts'

const expandGzip = promisify(gunzip)

/** What a record of a shard holds: itself, or the records that were aggregated into it; what is gzip is expanded. */
export async function expand(
  { Data = new Uint8Array(), PartitionKey, SequenceNumber = '', ApproximateArrivalTimestamp }: _Record,
  range: HashRange | undefined,
  maxExpandedBytes: number,
): Promise<SourceRecord[]> {
  const timestamp = ApproximateArrivalTimestamp && { timestamp: ApproximateArrivalTimestamp }

  async function record(position: ShardPosition, data: Uint8Array, key = PartitionKey): Promise<SourceRecord> {
    const content = isGzip(data) ? await expanded(data) : { data }
    return { position: formatPosition(position), ...content, ...(key !== undefined && { key }), ...timestamp }
  }

  async function expanded(data: Uint8Array): Promise<Pick<SourceRecord, 'data' | 'fault'>> {
    try {
      return { data: await expandGzip(data, { maxOutputLength: maxExpandedBytes }) }
    } catch (error) {
      // What only begins like gzip is taken as it is; what would fill the memory is not.
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return { data }
      return { data, fault: `it expands to more than ${maxExpandedBytes} bytes` }
    }
  }

  const whole = { sequenceNumber: SequenceNumber }
  const subRecords = subRecordsOf(Data)
  if (!subRecords) return [await record(whole, Data)]
  return Promise.all(
    subRecords.flatMap((sub, subSequence) =>
      !range || isFor(range, sub) ? [record({ ...whole, subSequence }, sub.data, sub.partitionKey)] : [],
    ),
  )
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
  return expand(record, undefined, 64 * 1024 ** 2)
}
