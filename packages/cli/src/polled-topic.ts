import { setTimeout as sleep } from 'node:timers/promises'
import { kafkaTopic, type TopicPartition } from '@causeway-aws/readers/kafka'
import { type Batch, type Claim, ClaimLostError, type SourceRecord } from '@causeway-aws/readers/reading'
import { type BatchesThere, batchesThere } from './batches-there.ts'
import type { Cluster } from './kafka-cluster.ts'

interface PolledOptions {
  readonly client: Cluster['client']
  readonly topic: string
  readonly groupId: string
  /** Begin at the oldest records, whatever the group has committed. */
  readonly fromEarliest: boolean
}

/** Records of one partition. */
interface Polled {
  readonly partition: string
  readonly records: readonly SourceRecord[]
}

/** How far a partition was given out, and how far it is committed: the offsets that come next. */
interface PolledPosition {
  readonly partition: string
  readonly next: string | undefined
  readonly committed: string | undefined
}

/** A topic of which a member of its group takes records when it is asked to, and commits when it is told to. */
export interface PolledTopic extends AsyncDisposable {
  readonly topic: string
  /** What comes first, of any partition, within so many milliseconds. */
  poll(milliseconds: number, signal: AbortSignal): Promise<Polled[]>
  positions(signal: AbortSignal): Promise<PolledPosition[]>
  /** Commits what was given out, and answers of how many partitions there was any. */
  commit(): Promise<number>
}

interface Reading {
  readonly claim: Claim
  /** Ends it. */
  readonly end: AbortController
  readonly batches: BatchesThere
  /** The last that was given out; before that, what comes before the first. */
  given: string | undefined
  isCommitted: boolean
}

/** Leases are the group's own. */
const lease = 60_000

export function pollTopic({ client, topic, groupId, fromEarliest }: PolledOptions): PolledTopic {
  const { source, checkpoints, ...membership } = kafkaTopic({ client, topic, groupId, patience: 30_000 })
  const readings = new Map<string, Reading>()
  function forget(id: string): void {
    readings.get(id)?.end.abort()
    readings.delete(id)
  }

  /** Begins what the group has given this member, and forgets what it has taken back. */
  async function refresh(signal: AbortSignal): Promise<void> {
    for (const [id, { claim }] of readings) if (claim.revoked?.aborted) forget(id)
    for await (const partition of source.partitions(signal)) {
      if (readings.has(partition.id)) continue
      const claim = await checkpoints.claim(partition.id, lease)
      if (claim) readings.set(partition.id, await begin(partition, claim))
    }
  }

  async function begin(partition: TopicPartition, claim: Claim): Promise<Reading> {
    // Not by `AbortSignal.any` with one signal for the life of the shell, at which Node would keep each that ever was.
    const end = new AbortController()
    claim.revoked?.addEventListener('abort', () => end.abort(), { once: true })
    const begun = await startOf(partition, claim)
    if (claim.revoked?.aborted) end.abort()
    const batches = batchesThere(source.read(partition, { after: begun }, end.signal)[Symbol.asyncIterator]())
    return { claim, end, batches, given: begun, isCommitted: true }
  }

  /** A position, and not `earliest`, which would be committed at once. */
  async function startOf({ number }: TopicPartition, { position }: Claim): Promise<string> {
    if (!fromEarliest && position !== undefined) return position
    const admin = client.admin()
    try {
      await admin.connect()
      const { low = '0' } = (await admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === number) ?? {}
      return `${BigInt(low) - 1n}`
    } finally {
      await admin.disconnect()
    }
  }

  /** The batch that is there, if any is. */
  function taken({ batches, claim }: Reading): Batch | undefined {
    try {
      return batches.take()
    } catch (error) {
      if (!claim.revoked?.aborted) throw error
      // Another member has it, and goes on after what was committed.
      return undefined
    }
  }

  return {
    topic,
    async poll(milliseconds, signal) {
      for (const end = performance.now() + milliseconds; ; await sleep(50, undefined, { signal })) {
        await refresh(signal)
        const polled: Polled[] = []
        for (const [partition, reading] of readings) {
          const batch = taken(reading)
          if (!batch) continue
          polled.push({ partition, records: batch.records })
          reading.given = batch.position
          reading.isCommitted = false
        }
        if (polled.length > 0 || performance.now() > end) return polled
      }
    },
    async positions(signal) {
      await refresh(signal)
      const all = [...readings].map(async ([partition, { given }]) => {
        const committed = (await checkpoints.get(partition))?.position
        return { partition, next: after(given), committed: after(committed) }
      })
      return (await Promise.all(all)).sort((one, other) => Number(one.partition) - Number(other.partition))
    },
    async commit() {
      let count = 0
      for (const [id, reading] of readings) {
        if (reading.isCommitted) continue
        await checkpoints.commit(reading.claim, lease, reading.given).catch((error) => {
          if (error instanceof ClaimLostError) forget(id)
          throw error
        })
        reading.isCommitted = true
        count += 1
      }
      return count
    },
    async [Symbol.asyncDispose]() {
      for (const id of readings.keys()) forget(id)
      await membership[Symbol.asyncDispose]()
    },
  }
}

const after = (position: string | undefined): string | undefined =>
  position === undefined ? undefined : `${BigInt(position) + 1n}`
