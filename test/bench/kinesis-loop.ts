import { setTimeout as sleep } from 'node:timers/promises'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'

/**
 * What one writes without a reader: a loop for each shard, which asks five times a second at most, as the service has it,
 * until the shard is closed or has nothing more. It keeps no checkpoints, knows no parents, no aggregates and no gzip, and
 * tries nothing again but what the SDK does. Resolves with how many records there were.
 */
export async function kinesisLoop(client: KinesisClient, StreamName: string): Promise<number> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }))
  let count = 0
  const readShard = async (ShardId: string | undefined) => {
    const start = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
    let { ShardIterator } = await client.send(start)
    while (ShardIterator) {
      const asked = performance.now()
      const answer = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }))
      const { Records = [], MillisBehindLatest, NextShardIterator } = answer
      count += Records.length
      if (Records.length === 0 && MillisBehindLatest === 0) return
      ShardIterator = NextShardIterator
      if (ShardIterator) await sleep(Math.max(0, asked + 200 - performance.now()))
    }
  }
  await Promise.all(Shards.map(({ ShardId }) => readShard(ShardId)))
  return count
}
