import { GetShardIteratorCommand, type KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis'
import { expect, it } from 'vitest'
import { kinesisSource, memoryCheckpoints, read } from '../../src/index.ts'

it('A shard for which Kinesis gives no iterator is not taken for one that was read to its end', async () => {
  const client = {
    async send(command: unknown) {
      if (command instanceof ListShardsCommand) return { Shards: [{ ShardId: 'shard-1' }] }
      if (command instanceof GetShardIteratorCommand) return {}
      throw new Error('unexpected')
    },
  } as unknown as KinesisClient
  const checkpoints = memoryCheckpoints()
  const reading = read({ source: kinesisSource({ stream: 'orders', client }), checkpoints, onBatch: async () => {} })
  await expect(reading).rejects.toThrow('shard shard-1 of the stream orders has no iterator.')
  expect(await checkpoints.get('shard-1')).toMatchObject({ position: undefined, finished: false })
})
