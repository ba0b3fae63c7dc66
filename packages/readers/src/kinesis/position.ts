import { SourceError } from '../source-error.ts'

/** Where a record is in its shard: a sequence number, and its place among those that were aggregated into one record. */
export interface ShardPosition {
  readonly sequenceNumber: string
  /** 0, 1, ... Missing for a record that is none of several, and for a whole aggregate. */
  readonly subSequence?: number | undefined
}

/** `SEQUENCE` or `SEQUENCE/SUB` */
export const formatPosition = ({ sequenceNumber, subSequence }: ShardPosition): string =>
  subSequence === undefined ? sequenceNumber : `${sequenceNumber}/${subSequence}`

/** @throws {SourceError} when it is no position of a shard. */
export function parsePosition(position: string): ShardPosition {
  const [, sequenceNumber, sub] = /^(\d{1,128})(?:\/(\d{1,9}))?$/.exec(position) ?? []
  if (sequenceNumber === undefined) {
    throw new SourceError(
      `"${position}" is no position of a Kinesis shard, as 49590338271490256608559692538361571095921575989136588898 is; the checkpoint is of another source.`,
      { isOfPosition: true },
    )
  }
  return { sequenceNumber, subSequence: sub === undefined ? undefined : Number(sub) }
}
