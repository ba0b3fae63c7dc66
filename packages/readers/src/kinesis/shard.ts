import { type KinesisClient, type Shard as ListedShard, ListShardsCommand } from '@aws-sdk/client-kinesis'
import type { Partition } from '../source.ts'
import { SourceError } from '../source-error.ts'
import { emptyAnswer } from './error.ts'
import type { HashRange } from './hash-range.ts'
import { answerTime, inTime } from './in-time.ts'
import type { ShardPosition } from './position.ts'
import { streamName } from './stream.ts'

/** A shard of a stream. It comes after those that it was split from, or merged of. */
export interface Shard extends Partition {
  readonly range: HashRange
  /** Whether it may still get records. One that was split or merged is closed. */
  readonly open: boolean
  /** The sequence numbers that its records may have, where they are known; those of an open shard have no end. */
  readonly sequenceNumbers?: { readonly from: string; readonly to?: string | undefined } | undefined
}

/**
 * Kinesis refuses a sequence number that it never gave, in its own words; emulators take any, and find nothing after it.
 *
 * @throws {SourceError} when a position is none of the shard's.
 */
export function refuseForeign(stream: string, { id, sequenceNumbers }: Shard, { sequenceNumber }: ShardPosition): void {
  if (!sequenceNumbers) return
  const { from, to } = sequenceNumbers
  const position = BigInt(sequenceNumber)
  if (position >= BigInt(from) && (to === undefined || position <= BigInt(to))) return
  throw new SourceError(
    `${sequenceNumber} is no position of shard ${id} of the stream ${stream}, whose sequence numbers begin with ${from}${to === undefined ? '' : ` and end with ${to}`}; it is of another shard, of another stream, or of one of this name that was deleted.`,
    { isOfPosition: true },
  )
}

/** The shards that a stream has now, each after its parents. */
export async function shardsOf(client: KinesisClient, stream: string, signal: AbortSignal): Promise<Shard[]> {
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
  stream: string,
  signal: AbortSignal,
): Promise<Map<string, ListedShard>> {
  const listed = new Map<string, ListedShard>()
  let NextToken: string | undefined
  do {
    // A token stands for the stream, too, and may not be given beside its name.
    // https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
    const command = new ListShardsCommand(NextToken === undefined ? streamName(stream) : { NextToken })
    const page = await inTime(answerTime, signal, (abortSignal) => client.send(command, { abortSignal }))
    if (!page.Shards) throw emptyAnswer(stream, 'shards')
    for (const shard of page.Shards) listed.set(shard.ShardId ?? '', shard)
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
    sequenceNumbers: rangeOf(SequenceNumberRange),
  }
}

function rangeOf(range: ListedShard['SequenceNumberRange']): Shard['sequenceNumbers'] {
  const { StartingSequenceNumber: from, EndingSequenceNumber: to } = range ?? {}
  if (from === undefined) return undefined
  // kinesis-local says 2^63 - 1 of each shard that is closed, which is before all of its records.
  return { from, to: to !== undefined && BigInt(to) >= BigInt(from) ? to : undefined }
}
