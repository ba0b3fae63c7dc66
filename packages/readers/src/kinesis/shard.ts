import { type KinesisClient, type Shard as ListedShard, ListShardsCommand } from '@aws-sdk/client-kinesis'
import type { Partition } from '../source.ts'
import type { HashRange } from './hash-range.ts'
import type { StreamName } from './stream.ts'

/** A shard of a stream. It comes after those that it was split from, or merged of. */
export interface Shard extends Partition {
  readonly range: HashRange
  /** Whether it may still get records. One that was split or merged is closed. */
  readonly open: boolean
}

/** The shards that a stream has now, each after its parents. */
export async function shardsOf(client: KinesisClient, stream: StreamName, signal: AbortSignal): Promise<Shard[]> {
  const listed = await listShards(client, stream, signal)
  const given = new Set<string>()

  function* withParents(id: string | undefined): Generator<Shard> {
    const shard = listed.get(id ?? '')
    if (!shard || given.has(shard.ShardId ?? '')) return
    given.add(shard.ShardId ?? '')
    yield* withParents(shard.ParentShardId)
    yield* withParents(shard.AdjacentParentShardId)
    yield partitionOf(shard)
  }

  return [...listed.keys()].flatMap((id) => [...withParents(id)])
}

async function listShards(
  client: KinesisClient,
  stream: StreamName,
  abortSignal: AbortSignal,
): Promise<Map<string, ListedShard>> {
  const listed = new Map<string, ListedShard>()
  let NextToken: string | undefined
  do {
    // A token stands for the stream, too, and may not be given beside its name.
    // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
    const page = await client.send(new ListShardsCommand(NextToken === undefined ? stream : { NextToken }), {
      abortSignal,
    })
    for (const shard of page.Shards ?? []) listed.set(shard.ShardId ?? '', shard)
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return listed
}

function partitionOf(listed: ListedShard): Shard {
  const { ShardId = '', ParentShardId, AdjacentParentShardId, HashKeyRange, SequenceNumberRange } = listed
  const { StartingHashKey = '0', EndingHashKey = `${2n ** 128n - 1n}` } = HashKeyRange ?? {}
  return {
    id: ShardId,
    after: [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined),
    range: { from: BigInt(StartingHashKey), to: BigInt(EndingHashKey) },
    open: SequenceNumberRange?.EndingSequenceNumber === undefined,
  }
}
