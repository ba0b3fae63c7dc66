import {
  GetShardIteratorCommand,
  InvalidArgumentException,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
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

it.each([
  ['4959', { StartingSequenceNumber: '4960' }, 'begin with 4960;'],
  // kinesis-local's of a shard that is closed.
  ['4949', { StartingSequenceNumber: '4950', EndingSequenceNumber: '922' }, 'begin with 4950;'],
  ['4961/3', { StartingSequenceNumber: '4950', EndingSequenceNumber: '4960' }, 'begin with 4950 and end with 4960;'],
])('The position %s is refused, of a shard without it, before Kinesis is asked', async (after, range, said) => {
  const client = {
    async send(command: unknown) {
      if (command instanceof ListShardsCommand) return { Shards: [{ ShardId: 'shard-1', SequenceNumberRange: range }] }
      throw new Error('it was asked')
    },
  } as unknown as KinesisClient
  const source = kinesisSource({ stream: 'orders', client })
  const { signal } = new AbortController()
  for await (const shard of source.partitions(signal)) {
    const reading = source.read(shard, { after }, signal)[Symbol.asyncIterator]().next()
    await expect(reading).rejects.toThrow(
      `is no position of shard shard-1 of the stream orders, whose sequence numbers ${said}`,
    )
  }
  expect.assertions(1)
})

// kinesis-local takes any number for one of its own.
it('A position of another stream is refused in the words of Kinesis, and the checkpoint is kept', async () => {
  const message =
    'StartingSequenceNumber 4959 used in GetShardIterator on shard shard-1 in stream orders is invalid because it did not come from this stream.'
  const client = {
    async send(command: unknown) {
      if (command instanceof ListShardsCommand) return { Shards: [{ ShardId: 'shard-1' }] }
      throw new InvalidArgumentException({ message, $metadata: {} })
    },
  } as unknown as KinesisClient
  const checkpoints = memoryCheckpoints()
  const claim = await checkpoints.claim('shard-1', 60_000)
  if (!claim) throw new Error('it is claimed')
  await checkpoints.commit(claim, 60_000, '4959')
  await checkpoints.release(claim)
  const reading = read({ source: kinesisSource({ stream: 'orders', client }), checkpoints, onBatch: async () => {} })
  await expect(reading).rejects.toThrow(
    `shard shard-1 of the stream orders cannot be read: InvalidArgumentException: ${message}`,
  )
  expect(await checkpoints.get('shard-1')).toMatchObject({ position: '4959', finished: false })
})
