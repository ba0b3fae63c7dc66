import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import type { Numbered } from './given.ts'

const keys = 40
const shards = 4
const changes = 8

/** A stream of numbered records. kinesis-local gets slow with what it holds, so most of them are aggregated. */
export interface NumberedStream {
  readonly name: string
  readonly total: number
  /** How often it was split or merged. */
  readonly changes: number
  /** Writes up to a share of all records; shards are split and merged in between. */
  writeUpTo(share: number): Promise<void>
}

export async function numberedStream(
  client: KinesisClient,
  total: number,
  perAggregate: number,
): Promise<NumberedStream> {
  const name = `orders-${crypto.randomUUID()}`
  const written = new Map<string, number>()
  let [count, puts, changed] = [0, 0, 0]
  await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }))
  await active()

  async function active(): Promise<void> {
    for (;;) {
      const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }))
      if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return
      await sleep(20)
    }
  }

  /** The next of a key: alone, or several in one. */
  function next(): { PartitionKey: string; Data: Uint8Array } {
    const key = `customer-${puts % keys}`
    const first = written.get(key) ?? 0
    const size = puts % 10 < 2 ? 1 : Math.min(perAggregate, total - count)
    const numbers = Array.from({ length: size }, (_, nth) => ({ key, number: first + nth }))
    written.set(key, first + size)
    count += size
    puts += 1
    return { PartitionKey: key, Data: size === 1 ? dataOf({ key, number: first }) : aggregate(key, numbers) }
  }

  async function write(): Promise<void> {
    const Records = []
    while (Records.length < 20 && count < total) Records.push(next())
    const { FailedRecordCount = 0 } = await client.send(new PutRecordsCommand({ StreamName: name, Records }))
    if (FailedRecordCount > 0) throw new Error('Kinesis did not take all.')
  }

  /** Splits the shard with the lowest hash keys, or merges the two lowest, in turn. */
  async function reshard(): Promise<void> {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: name }))
    const open = Shards.filter(({ SequenceNumberRange }) => !SequenceNumberRange?.EndingSequenceNumber)
      .map(({ ShardId, HashKeyRange }) => ({
        id: ShardId,
        from: BigInt(HashKeyRange?.StartingHashKey ?? 0),
        to: BigInt(HashKeyRange?.EndingHashKey ?? 0),
      }))
      .sort((a, b) => (a.from < b.from ? -1 : 1))
    const [first, second] = open
    if (!first || !second) throw new Error('There are too few shards.')
    const split = { ShardToSplit: first.id, NewStartingHashKey: `${(first.from + first.to) / 2n}` }
    const merge = { ShardToMerge: first.id, AdjacentShardToMerge: second.id }
    if (changed % 2 === 0) await client.send(new SplitShardCommand({ StreamName: name, ...split }))
    else await client.send(new MergeShardsCommand({ StreamName: name, ...merge }))
    changed += 1
    await active()
  }

  return {
    name,
    total,
    get changes() {
      return changed
    },
    async writeUpTo(share) {
      while (count < total * share) {
        await write()
        if (changed < changes && count > (total * (changed + 1)) / (changes + 1)) await reshard()
      }
    },
  }
}

const dataOf = (numbered: Numbered): Buffer => Buffer.from(JSON.stringify(numbered))

/** https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md */
function aggregate(key: string, records: readonly Numbered[]): Buffer {
  const message = new BinaryWriter()
  message.uint32((1 << 3) | 2).string(key)
  for (const record of records) {
    message.uint32((3 << 3) | 2).fork()
    message.uint32(1 << 3).uint64(0)
    message.uint32((3 << 3) | 2).bytes(dataOf(record))
    message.join()
  }
  const bytes = message.finish()
  return Buffer.concat([Buffer.from([0xf3, 0x89, 0x9a, 0xc2]), bytes, hash('md5', bytes, 'buffer')])
}
