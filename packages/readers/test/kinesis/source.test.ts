import {
  type GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import { describe, expect, it } from 'vitest'
import { type Checkpoints, kinesisSource, memoryCheckpoints, read } from '../../src/index.ts'
import { inTime } from '../../src/kinesis/in-time.ts'
import type { Batch } from '../../src/source.ts'
import { plan } from '../../src/work/plan.ts'
import { textsOf } from '../list-source.ts'
import { aggregateOf, type Sub } from './aggregate-of.ts'

// By HTTP/2 an answer may break off before it begins, and the SDK takes that for one without anything in it.
it('An answer without anything in it is no end of a stream or of a shard, and is asked for again', async () => {
  const asked: string[] = []
  const answers: Record<string, object> = {
    ListShardsCommand: { Shards: [{ ShardId: 'shard-1' }] },
    GetShardIteratorCommand: { ShardIterator: 'iterator' },
    GetRecordsCommand: { Records: [{ Data: Buffer.from('one'), SequenceNumber: '1' }], MillisBehindLatest: 0 },
  }
  const client = {
    async send({ constructor: { name } }: object) {
      asked.push(name)
      return asked.filter((other) => other === name).length === 1 ? {} : answers[name]
    },
  } as unknown as KinesisClient
  const [given, checkpoints]: [string[], Checkpoints] = [[], memoryCheckpoints()]
  const onBatch = async (records: Parameters<typeof textsOf>[0]) => void given.push(...textsOf(records))
  await read({ source: kinesisSource({ stream: 'orders', client }), checkpoints, untilCaughtUp: true, onBatch })
  expect(given).toEqual(['one'])
  expect(await checkpoints.get('shard-1')).toMatchObject({ position: '1', finished: true })
})

it('An answer that never comes is waited for no longer than was said, or than reading goes on', async () => {
  const given: AbortSignal[] = []
  const never = (signal: AbortSignal) => {
    given.push(signal)
    return new Promise<never>(() => {})
  }
  const ending = new AbortController()
  await expect(inTime(20, ending.signal, never)).rejects.toMatchObject({ name: 'TimeoutError' })
  const asking = inTime(60_000, ending.signal, never)
  ending.abort(new Error('reading ends'))
  await expect(asking).rejects.toThrow('reading ends')
  expect(given.map(({ aborted }) => aborted)).toEqual([true, true])
  await expect(inTime(1_000, new AbortController().signal, async () => 'an answer')).resolves.toBe('an answer')
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

it('A shard of a stream that was made anew is not taken for the one of its id that was read to its end', async () => {
  const shard = { ShardId: 'shard-1', SequenceNumberRange: { StartingSequenceNumber: '4960' } }
  const client = { send: async () => ({ Shards: [shard] }) } as unknown as KinesisClient
  const source = kinesisSource({ stream: 'orders', client })
  const checkpoints = memoryCheckpoints()
  const claim = await checkpoints.claim('shard-1', 60_000)
  if (!claim) throw new Error('it is claimed')
  await checkpoints.commit(claim, 60_000, '4959')
  await checkpoints.finish(claim)
  const sentence = '4959 is no position of shard shard-1 of the stream orders, whose sequence numbers begin with 4960;'
  await expect(read({ source, checkpoints, untilCaughtUp: true, onBatch: async () => {} })).rejects.toThrow(sentence)
  const { signal } = new AbortController()
  await expect(plan({ source, checkpoints, work: { send: async () => {} }, signal })).rejects.toThrow(sentence)
})

it('A shard that was read to its end without a record is told from the one of its id in a stream that was made anew', async () => {
  const streamOf = (StartingSequenceNumber: string) => {
    const SequenceNumberRange = { StartingSequenceNumber, EndingSequenceNumber: `${StartingSequenceNumber}9` }
    const client = {
      async send(command: unknown) {
        if (command instanceof ListShardsCommand) return { Shards: [{ ShardId: 'shard-1', SequenceNumberRange }] }
        if (command instanceof GetShardIteratorCommand) return { ShardIterator: 'first' }
        return { Records: [], MillisBehindLatest: 0 }
      },
    } as unknown as KinesisClient
    return kinesisSource({ stream: 'orders', client })
  }
  const checkpoints = memoryCheckpoints()
  const reading = (source: ReturnType<typeof streamOf>) =>
    read({ source, checkpoints, untilCaughtUp: true, onBatch: async () => {} })
  expect(await reading(streamOf('4950'))).toMatchObject({ finished: 1 })
  expect(await reading(streamOf('4950'))).toMatchObject({ finished: 1 })
  await expect(reading(streamOf('4960'))).rejects.toThrow('4950 is no position of shard shard-1 of the stream orders')
})

it('A shard that has ended, and had no more, is read to its end, so that those come which it was split into', async () => {
  const shards = [{ ShardId: 'parent' }, { ShardId: 'child', ParentShardId: 'parent' }]
  const Records = [{ Data: Buffer.from('a'), PartitionKey: 'a', SequenceNumber: '7' }]
  const answers: Record<string, unknown> = {
    // Kinesis says that a shard has ended after its last records, not with them.
    parent: { Records, NextShardIterator: 'end', MillisBehindLatest: 0 },
    end: { Records: [], MillisBehindLatest: 0 },
    child: { Records: [], NextShardIterator: 'child', MillisBehindLatest: 0 },
  }
  const client = {
    async send(command: unknown) {
      if (command instanceof ListShardsCommand) return { Shards: shards }
      if (command instanceof GetShardIteratorCommand) return { ShardIterator: command.input.ShardId }
      return answers[(command as GetRecordsCommand).input.ShardIterator ?? '']
    },
  } as unknown as KinesisClient
  const source = kinesisSource({ stream: 'orders', client, idle: 1 })
  const checkpoints = memoryCheckpoints()
  const summary = await read({ source, checkpoints, untilCaughtUp: true, onBatch: async () => {} })
  expect(summary).toEqual({ finished: 1, 'caught up': 1, held: 0 })
  expect(await checkpoints.get('parent')).toMatchObject({ position: '7', finished: true })
})

describe('An aggregate of more than 10,000 records', () => {
  const subs: Sub[] = Array.from({ length: 25_000 }, (_, number) => ({ key: 'a', data: Buffer.from(`${number}`) }))
  const [all, nothing] = [2n ** 128n - 1n, 0n].map((to) => ({ StartingHashKey: '0', EndingHashKey: `${to}` }))

  /** A stream of one shard, which is closed and holds one aggregate. */
  const sourceOf = (aggregate: readonly Sub[], HashKeyRange = all) => {
    const client = {
      async send(command: unknown) {
        if (command instanceof ListShardsCommand) return { Shards: [{ ShardId: 'shard-1', HashKeyRange }] }
        if (command instanceof GetShardIteratorCommand) return { ShardIterator: 'first' }
        const Records = [{ Data: aggregateOf(aggregate), PartitionKey: 'a', SequenceNumber: '7' }]
        return { Records, MillisBehindLatest: 0 }
      },
    } as unknown as KinesisClient
    return kinesisSource({ stream: 'orders', client })
  }

  /** What each batch comes to: how many records, up to where, how far behind. */
  const reading = async (source: ReturnType<typeof sourceOf>, options: Partial<Parameters<typeof read>[0]> = {}) => {
    const batches: unknown[][] = []
    const texts: string[] = []
    const onBatch = async (records: Batch['records']) => void texts.push(...textsOf(records))
    const onProgress = ({ records, position, lag }: Batch) => void batches.push([records.length, position, lag])
    const summary = await read({ source, checkpoints: memoryCheckpoints(), onBatch, onProgress, ...options })
    return { batches, texts, finished: summary.finished }
  }

  it('comes in parts, of which the last alone is up to date, and ends its shard', async () => {
    const { batches, texts, finished } = await reading(sourceOf(subs), { untilCaughtUp: true })
    expect(batches).toEqual([
      [10_000, '7/9999', 1],
      [10_000, '7/19999', 1],
      [5_000, '7', 0],
    ])
    expect(texts).toEqual(subs.map(({ data }) => `${data}`))
    expect(finished).toBe(1)
  })

  it('is gone on with in its middle by another reader', async () => {
    const checkpoints = memoryCheckpoints()
    const source = sourceOf(subs)
    const onFailing = async (records: Batch['records']) => {
      if (textsOf(records).includes('12345')) throw new Error('it fails')
    }
    const failing = reading(source, { checkpoints, onBatch: onFailing, maxAttempts: 1, untilCaughtUp: true })
    await expect(failing).rejects.toThrow('The record at 7/12345 of shard-1 fails')
    const { batches, texts } = await reading(source, { checkpoints, untilCaughtUp: true })
    expect(batches).toEqual([
      [10_000, '7/22344', 1],
      [2_655, '7', 0],
    ])
    expect(texts[0]).toBe('12345')
  })

  it('goes on after a record in its middle that fails by itself', async () => {
    const faulty = subs.map((sub, index) => (index === 12_345 ? { ...sub, hashKey: 'no-number' } : sub))
    const failures: string[] = []
    const { texts } = await reading(sourceOf(faulty), {
      onFailure: async ({ record }) => void failures.push(record.position),
      untilCaughtUp: true,
    })
    expect(texts).toEqual(subs.toSpliced(12_345, 1).map(({ data }) => `${data}`))
    expect(failures).toEqual(['7/12345'])
  })

  it('that are all for another shard is passed', async () => {
    const checkpoints = memoryCheckpoints()
    const { batches } = await reading(sourceOf(subs, nothing), { checkpoints, untilCaughtUp: true })
    expect(batches).toEqual([[0, '7', undefined]])
    expect(await checkpoints.get('shard-1')).toMatchObject({ position: '7', finished: true })
  })
})
