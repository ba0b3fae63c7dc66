import type { KafkaTopic, TopicPartition } from '../kafka/topic.ts'
import { read } from '../read.ts'
import { type PartitionReading, type ReadEnd, readPartition } from '../read-partition.ts'
import type { Partition, Source } from '../source.ts'

/** How a part of a source is read, and what with. */
type Reading = Omit<PartitionReading<Partition>, 'source' | 'untilCaughtUp'>

/** What work items are made of: parts of a source that are drained one by one. */
export interface Drainable {
  readonly source: Pick<Source, 'name' | 'partitions' | 'find' | 'refuse'>
  /** Claims a part, and reads it until there is nothing more now or the signal fires. */
  run(partition: Partition, reading: Reading): Promise<ReadEnd>
}

/** A work item for each partition. */
export function byPartition(source: Source): Drainable {
  return {
    source,
    run: (partition, reading) => readPartition(partition, { ...reading, source, untilCaughtUp: true }),
  }
}

/** A topic, and how many read it side by side. */
export interface MembersOptions {
  readonly name: string
  readonly members: number
  /** Joins the group. */
  readonly open: () => Promise<KafkaTopic>
}

/** A work item for each member of a consumer group: which partitions are whose, the group says. */
export function byMember({ name, members, open }: MembersOptions): Drainable {
  const ids = Array.from({ length: members }, (_, index) => `member-${index}`)
  return {
    source: {
      name,
      async *partitions() {
        for (const id of ids) yield { id, after: [] }
      },
    },
    async run(member, { checkpoints, lease, start, signal, onProgress, ...delivery }) {
      const claim = await checkpoints.claim(member.id, lease)
      if (!claim) return 'held'
      try {
        await using topic = await open()
        const reading = { ...topic, start, signal, untilCaughtUp: true }
        await read<TopicPartition>({ ...reading, ...delivery, onProgress })
        return signal.aborted ? 'stopped' : 'caught up'
      } finally {
        await checkpoints.release(claim)
      }
    },
  }
}
