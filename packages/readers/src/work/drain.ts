import type { Edge } from '@causeway-aws/edge'
import type { Checkpoint, Checkpoints } from '../checkpoints.ts'
import type { Progress, ReadEnd } from '../read-partition.ts'
import type { Partition, Source } from '../source.ts'
import { UncommittedError } from '../uncommitted-error.ts'
import { type WorkItem, workMessage } from './item.ts'

/** How a work item is done, and where it is put back. */
export interface DrainOptions {
  readonly source: Pick<Source, 'name' | 'partitions' | 'find'>
  readonly checkpoints: Checkpoints
  /** The queue of work items. */
  readonly work: Pick<Edge, 'send'>
  /** How long, in milliseconds, it may take. The batch that is in hand then is still done. */
  readonly time: number
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress<Partition>) => void
  /** Claims the partition, and reads it until there is nothing more now or the signal fires. */
  readonly run: (partition: Partition, signal: AbortSignal, onProgress: DrainOptions['onProgress']) => Promise<ReadEnd>
}

/**
 * Why a drain ended: as a reading does, or because the item was nothing any more, its partition is gone, or nothing was
 * answered or taken for as long as it could run. Who is refused is asked again and again, so that nobody else says so.
 */
export type DrainEnd = ReadEnd | 'stale' | 'gone' | 'stuck'

/**
 * Drains one partition until there is nothing more now, or its time is over; then it puts the partition back among the
 * work items.
 */
export async function drain(item: WorkItem, options: DrainOptions): Promise<DrainEnd> {
  const { source, checkpoints, work, time, signal, onProgress, run } = options
  if (isStale(item, await checkpoints.get(item.partition))) return 'stale'
  const partition = await find(source, item.partition, signal)
  if (!partition) return 'gone'

  const epochOf = async () => (await checkpoints.get(item.partition))?.epoch ?? 0
  const began = performance.now()
  let progressed = false
  const ending = new AbortController()
  const cut = (): void => ending.abort(signal.reason)
  if (signal.aborted) cut()
  else signal.addEventListener('abort', cut)
  try {
    const end = await run(partition, ending.signal, (progress) => {
      progressed = true
      onProgress(progress)
      if (performance.now() - began > time) ending.abort()
    }).catch(unlessUncommitted)
    if (end === 'stopped') {
      await work.send([workMessage({ source: source.name, partition: partition.id, epoch: await epochOf() })])
    }
    return end === 'stopped' && !progressed ? 'stuck' : end
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

/** What could not be committed when it was to end comes again, as what is put back. */
function unlessUncommitted(error: unknown): ReadEnd {
  if (error instanceof UncommittedError) return 'stopped'
  throw error
}

/**
 * Whether somebody has taken the partition since, and put back what was left. When the last who did was killed, nobody
 * has: the item has come again, and is done again.
 */
function isStale({ epoch }: WorkItem, checkpoint: Checkpoint | undefined): boolean {
  const { epoch: last, claimed, finished } = checkpoint ?? { epoch: 0, claimed: false, finished: false }
  return finished || claimed || last > epoch + 1
}

async function find(source: DrainOptions['source'], id: string, signal: AbortSignal): Promise<Partition | undefined> {
  if (source.find) return source.find(id, signal)
  for await (const partition of source.partitions(signal)) if (partition.id === id) return partition
  return undefined
}
