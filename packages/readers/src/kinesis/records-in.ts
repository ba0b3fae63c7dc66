import type { _Record } from '@aws-sdk/client-kinesis'
import type { SourceRecord } from '../source.ts'
import { subRecordsOf } from './aggregate.ts'
import { type HashRange, isFor, isForSome } from './hash-range.ts'
import { formatPosition, type ShardPosition } from './position.ts'

/** What of the records of a shard is wanted. */
interface Wanted {
  /** Of what keys the shard is. An event does not say. */
  readonly range?: HashRange
  /** Up to where an aggregate was done, when reading goes on in its middle. */
  readonly done?: ShardPosition | undefined
}

/** What records of a shard hold: each itself, or the records that were aggregated into it. Each is made when it is asked for. */
export function* recordsIn(taken: readonly _Record[], { range, done }: Wanted = {}): Generator<SourceRecord, void> {
  for (const record of taken) {
    const { Data = new Uint8Array(), PartitionKey, SequenceNumber = '', ApproximateArrivalTimestamp } = record
    const timestamp = ApproximateArrivalTimestamp && { timestamp: ApproximateArrivalTimestamp }
    const subRecords = subRecordsOf(Data)
    if (!subRecords) {
      const key = PartitionKey !== undefined && { key: PartitionKey }
      yield { position: SequenceNumber, data: Data, ...key, ...timestamp }
      continue
    }
    const first = SequenceNumber === done?.sequenceNumber ? (done.subSequence ?? -1) + 1 : 0
    let subSequence = -1
    for (const sub of subRecords) {
      subSequence += 1
      if (subSequence < first) continue
      const isSome = isForSome(sub)
      if (range && isSome && !isFor(range, sub)) continue
      const position = formatPosition({ sequenceNumber: SequenceNumber, subSequence })
      const fault = 'its explicit hash key is no number of 128 bits, so it is for no shard'
      yield { position, data: sub.data, key: sub.partitionKey, ...timestamp, ...(!isSome && { fault }) }
    }
  }
}
