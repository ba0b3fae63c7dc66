import { hash } from 'node:crypto'
import type { SubRecord } from './aggregate.ts'

/** The hash keys whose records a shard has, both included. */
export interface HashRange {
  readonly from: bigint
  readonly to: bigint
}

/**
 * Whether a sub-record is for the shard that its aggregate is in. One that is not was aggregated before a shard was split
 * or merged: the producer sends it again, to where it belongs, and the Kinesis Client Library drops it as we do.
 *
 * @see https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function isFor({ from, to }: HashRange, { explicitHashKey, partitionKey }: SubRecord): boolean {
  const key = explicitHashKey === undefined ? BigInt(`0x${hash('md5', partitionKey)}`) : BigInt(explicitHashKey)
  return key >= from && key <= to
}

/** Whether a sub-record is for any shard at all: whoever has aggregated it may have written anything for its hash key. */
export function isForSome({ explicitHashKey }: SubRecord): boolean {
  return explicitHashKey === undefined || (/^\d{1,39}$/.test(explicitHashKey) && BigInt(explicitHashKey) < 2n ** 128n)
}
