import type { _Record } from '@aws-sdk/client-kinesis'
import type { SourceRecord } from '../source.ts'
import { subRecordsOf } from './aggregate.ts'
import { type HashRange, isFor, isForSome } from './hash-range.ts'
import { formatPosition } from './position.ts'

/** What records of a shard hold: each itself, or the records that were aggregated into it. */
export function recordsIn(taken: readonly _Record[], range?: HashRange): SourceRecord[] {
  return taken.flatMap((record) => recordsOf(record, range))
}

function recordsOf(
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
