import type { Edge, Message } from '@causeway-aws/edge'
import type { Checkpoint, Checkpoints } from '../checkpoints.ts'
import type { Partition, Source } from '../source.ts'
import { workMessage } from './item.ts'

/** What is planned, and where the work items go. */
export interface PlanOptions {
  readonly source: Pick<Source, 'name' | 'partitions' | 'refuse'>
  readonly checkpoints: Checkpoints
  /** The queue of work items: a FIFO queue. */
  readonly work: Pick<Edge, 'send'>
  readonly signal: AbortSignal
}

/** How many partitions there are of each kind. */
export interface Planned {
  /** Those that a work item was sent for. */
  planned: number
  /** Those that a reader has. */
  claimed: number
  finished: number
  /** Those that come after others which are not yet read to their end. */
  waiting: number
}

/**
 * Sends a work item for each partition that nobody reads and that has more to come. Sent again before anybody took it an
 * item is the same one, and is taken once.
 *
 * @throws {SourceError} when the partitions cannot be listed, or one was made anew since it was read to its end. {@link EdgeSendError} when items are not accepted.
 */
export async function plan({ source, checkpoints, work, signal }: PlanOptions): Promise<Planned> {
  const planned: Planned = { planned: 0, claimed: 0, finished: 0, waiting: 0 }
  const listed = new Set<string>()
  const finished = new Set<string>()

  function kindOf(partition: Partition, checkpoint: Checkpoint | undefined): keyof Planned {
    const { id, after } = partition
    listed.add(id)
    if (checkpoint?.finished) {
      if (checkpoint.position !== undefined) source.refuse?.(partition, checkpoint.position)
      finished.add(id)
      return 'finished'
    }
    if (checkpoint?.claimed) return 'claimed'
    // A parent that is not listed any more has ended long ago.
    return after.some((parent) => listed.has(parent) && !finished.has(parent)) ? 'waiting' : 'planned'
  }

  for await (const some of inGroups(source.partitions(signal), 1_000)) {
    const items: Message[] = []
    const found = await Promise.all(some.map(({ id }) => checkpoints.get(id)))
    for (const [index, partition] of some.entries()) {
      const checkpoint = found[index]
      const kind = kindOf(partition, checkpoint)
      planned[kind] += 1
      if (kind === 'planned')
        items.push(workMessage({ source: source.name, partition: partition.id, epoch: checkpoint?.epoch ?? 0 }))
    }
    if (items.length > 0) await work.send(items, { signal })
  }
  return planned
}

async function* inGroups<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let some: Item[] = []
  for await (const item of items) {
    some.push(item)
    if (some.length < size) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}
