import type { Checkpoints } from './checkpoints.ts'
import { type DeliveryOptions, deliver } from './delivery.ts'
import { earlierState, goneState, noteState } from './earlier-state.ts'
import { withGrace } from './grace.ts'
import { keptClaim } from './kept-claim.ts'
import { inParts } from './parts.ts'
import type { Batch, From, Partition, Source, Start } from './source.ts'
import { UncommittedError } from './uncommitted-error.ts'

/** What is read, from where, and what is done with it. */
export interface PartitionReading<P extends Partition> extends DeliveryOptions<P> {
  readonly source: Source<P>
  readonly checkpoints: Checkpoints
  /** Where a partition is begun that has no checkpoint. */
  readonly start: Start
  /** Ends the reading. What `onBatch` is doing is cut by the signal in its context, and comes again if that makes it reject. */
  readonly signal: AbortSignal
  /** Whether to end when there is nothing more now. */
  readonly untilCaughtUp: boolean
  /** How long, in milliseconds, a reader that was killed keeps others from its partition. */
  readonly lease: number
  /** How many bytes of records, each of which counts 64 besides, may be done and not committed yet. Default: 0. */
  readonly commitBytes?: number
  readonly onProgress: (progress: Progress<P>) => void
}

/** A batch was done, and committed unless fewer bytes than `commitBytes` are not. */
export interface Progress<P extends Partition> extends Batch {
  readonly partition: P
}

/**
 * Why the reading of a partition ended: it will never have more (`finished`), it has no more now (`caught up`), it was to
 * end (`stopped`), another reader has it (`held`), or it was taken back (`revoked`).
 */
export type ReadEnd = 'finished' | 'caught up' | 'stopped' | 'held' | 'revoked'

/**
 * Reads a partition on from its checkpoint, which moves when what was read is done: what a reader had in hand that is
 * killed comes again, and nothing else does.
 *
 * @throws {ClaimLostError} when another reader has claimed the partition since.
 * @throws {UncommittedError} when the signal has ended it, and what was done last could not be committed.
 */
export async function readPartition<P extends Partition>(partition: P, reading: PartitionReading<P>): Promise<ReadEnd> {
  const { signal } = reading
  try {
    return await readOn(partition, reading)
  } catch (error) {
    // What was still being asked when reading ended says no more than that.
    if (signal.aborted && error === signal.reason) return 'stopped'
    throw error
  }
}

async function* batchesOf<P extends Partition>(
  partition: P,
  from: From,
  { source, batchRecords = Number.POSITIVE_INFINITY }: PartitionReading<P>,
  signal: AbortSignal,
): AsyncGenerator<Batch, void> {
  for await (const batch of source.read(partition, from, signal)) {
    if (batch.records.length > batchRecords) yield* inParts(batch, batchRecords)
    else yield batch
  }
}

/** What a record counts besides its bytes, of which it may have none. */
const bytesBesides = 64

async function readOn<P extends Partition>(partition: P, reading: PartitionReading<P>): Promise<ReadEnd> {
  const { source, checkpoints, start, lease, commitBytes = 0, untilCaughtUp, onProgress } = reading
  // Of a bucket that was read before this is all that most objects cost.
  if (source.partitionsEnd && (await checkpoints.get(partition.id))?.finished) return 'finished'
  const earlier = await earlierState(checkpoints, partition)
  const rest = earlier && (await source.find?.(earlier.id, reading.signal))
  const end = rest ? await readPartition(rest, reading) : 'finished'
  if (end !== 'finished') return end
  const claim = await checkpoints.claim(partition.id, lease)
  if (!claim) return 'held'
  using kept = keptClaim(checkpoints, claim, lease, reading.signal)
  const { signal } = kept
  let committed = claim.position
  let done = committed
  let uncommitted = 0
  let finished = false
  let isNoted = claim.position !== undefined
  let refusal: unknown
  const commit = async (): Promise<void> => {
    if (done === committed) return
    try {
      await withGrace(checkpoints.commit(claim, lease, done), signal)
      committed = done
      uncommitted = 0
    } catch (error) {
      refusal = error
      throw error
    }
  }
  const onDone = async (position: string): Promise<void> => {
    done = position
    if (commitBytes === 0) await commit()
  }

  try {
    if (claim.finished) {
      if (claim.position !== undefined) source.refuse?.(partition, claim.position)
      return 'finished'
    }
    if (earlier && !rest) {
      await deliver([goneState(earlier)], reading, { partition, signal }, async () => {})
      await noteState(checkpoints, partition, lease)
    }
    const from = claim.position === undefined ? { start } : { after: claim.position }
    for await (const batch of batchesOf(partition, from, reading, signal)) {
      if (!isNoted && batch.left?.bytes !== 0) {
        await noteState(checkpoints, partition, lease)
        isNoted = true
      }
      if (batch.records.length > 0) await deliver(batch.records, reading, { partition, signal }, onDone)
      done = batch.position ?? done
      if (commitBytes > 0) for (const { data } of batch.records) uncommitted += data.length + bytesBesides
      if (uncommitted >= commitBytes || batch.lag === 0) await commit()
      onProgress({ ...batch, partition })
      if (signal.aborted) break
      if (untilCaughtUp && batch.lag === 0 && batch.records.length === 0) return 'caught up'
    }
    signal.throwIfAborted()
    await commit()
    await kept.end()
    await checkpoints.finish(claim)
    finished = true
    return 'finished'
  } catch (error) {
    if (commitBytes > 0) await commit().catch(() => {})
    // What cannot be committed comes again. Who has ended the reading, and nothing else is wrong, is told of that.
    if (reading.signal.aborted) {
      if (done === committed) return 'stopped'
      throw new UncommittedError([{ partition: partition.id, position: committed }], refusal)
    }
    if (claim.revoked?.aborted) return 'revoked'
    throw signal.aborted ? signal.reason : error
  } finally {
    await kept.end()
    // What cannot be given back is free when its lease ends.
    if (!finished) await checkpoints.release(claim).catch(() => {})
  }
}
