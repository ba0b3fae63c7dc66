import type { SourceRecord } from '../source.ts'

/** What Kinesis gave of a shard at once, whether it was asked for it or not. */
export interface Answer {
  /** Each is made when it is asked for. */
  readonly records: Iterable<SourceRecord>
  /** The sequence number of the last record that was taken. */
  readonly last: string | undefined
  /** Whether the shard has come to its end. */
  readonly isEnd: boolean
  /** In milliseconds. */
  readonly lag: number | undefined
}
