import type { Message } from '@causeway-aws/edge'
import { describe, expect, it } from 'vitest'
import { memoryCheckpoints, type Partition, type SourceRecord, TargetError } from '../../src/index.ts'
import { type PartitionReading, readPartition } from '../../src/read-partition.ts'
import { drain } from '../../src/work/drain.ts'
import { type WorkItem, workItemOf } from '../../src/work/item.ts'
import { plan } from '../../src/work/plan.ts'
import { type Lists, listSource, textsOf } from '../list-source.ts'

type Draining = Partial<Pick<PartitionReading<Partition>, 'onBatch' | 'signal'> & { time: number }>

/** A source, what was given of it, and the queue of work items, which takes each message once. */
function reader(lists: Lists) {
  const source = listSource(lists)
  const checkpoints = memoryCheckpoints()
  const sent = new Map<string, Message>()
  const given: string[] = []
  const work = { send: async (messages: readonly Message[]) => void messages.map((it) => sent.set(it.trackingId, it)) }
  const never = new AbortController().signal
  return {
    source,
    checkpoints,
    given,
    plan: () => plan({ source, checkpoints, work, signal: never }),
    items(): WorkItem[] {
      const items = [...sent.values()].map((message) => workItemOf(message, source.name))
      sent.clear()
      return items
    },
    drain: (
      item: WorkItem,
      {
        onBatch = async (records) => void given.push(...textsOf(records)),
        time = 60_000,
        signal = never,
      }: Draining = {},
    ) =>
      drain(item, {
        source,
        checkpoints,
        work,
        signal,
        time,
        onProgress: () => {},
        run: (partition, signal, onProgress) =>
          readPartition(partition, {
            ...{ source, checkpoints, start: 'earliest', lease: 60_000, untilCaughtUp: true },
            ...{ onBatch, maxAttempts: 1, backoff: () => 0, patience: 0, signal, onProgress },
          }),
      }),
  }
}

describe('The planner', () => {
  it('has each partition drained that nobody reads, and those of parents that have ended', async () => {
    const { plan, items, drain, given } = reader({ a: ['1', '2'], 'a/b': ['3'], c: ['4'] })
    expect(await plan()).toEqual({ planned: 2, claimed: 0, finished: 0, waiting: 1 })
    for (const item of items()) expect(await drain(item)).toBe('finished')
    expect(await plan()).toEqual({ planned: 1, claimed: 0, finished: 2, waiting: 0 })
    for (const item of items()) await drain(item)
    expect(given).toEqual(['1', '2', '4', '3'])
    expect(await plan()).toEqual({ planned: 0, claimed: 0, finished: 3, waiting: 0 })
  })

  it('makes the same item again as long as nobody has taken it, and none of a partition that is read', async () => {
    const { plan, items, checkpoints } = reader({ a: ['1'] })
    await plan()
    await plan()
    expect(items()).toEqual([{ source: 'lists', partition: 'a', epoch: 0 }])
    await checkpoints.claim('a', 60_000)
    expect(await plan()).toMatchObject({ planned: 0, claimed: 1 })
  })
})

describe('A work item', () => {
  const item = { source: 'lists', partition: 'a', epoch: 0 }

  it('is put back, for the epoch that follows, when its time is over before its partition is drained', async () => {
    const { drain, items, given } = reader({ a: ['1', '2', '3', '4'] })
    expect(await drain(item, { time: -1 })).toBe('stopped')
    expect(given).toEqual(['1', '2', '3'])
    const [next] = items()
    expect(next).toEqual({ ...item, epoch: 1 })
    if (next) expect(await drain(next)).toBe('finished')
    expect(given).toEqual(['1', '2', '3', '4'])
  })

  it('is put back, and said to be stuck, when nothing was taken until its deadline', async () => {
    const { drain, items } = reader({ a: ['1'] })
    const deadline = new AbortController()
    const onBatch = async () => {
      deadline.abort(new Error('the deadline'))
      throw new TargetError('the edge is throttled', { retryable: true })
    }
    expect(await drain(item, { onBatch, signal: deadline.signal })).toBe('stuck')
    expect(items()).toEqual([{ ...item, epoch: 1 }])
  })

  it('is put back when what was done at its deadline could not be committed, and that is done again', async () => {
    const { drain, items, given, checkpoints } = reader({ a: ['1'] })
    const deadline = new AbortController()
    const commit = checkpoints.commit
    checkpoints.commit = async () => {
      throw new Error('the table is throttled')
    }
    const onBatch = async (records: readonly SourceRecord[]) => {
      given.push(...textsOf(records))
      deadline.abort(new Error('the deadline'))
    }
    expect(await drain(item, { onBatch, signal: deadline.signal })).toBe('stuck')
    checkpoints.commit = commit
    for (const next of items()) expect(await drain(next)).toBe('finished')
    expect(given).toEqual(['1', '1'])
  })

  it('that comes twice is done once', async () => {
    const { drain, given } = reader({ a: ['1'] })
    expect(await drain(item)).toBe('finished')
    expect(await drain(item)).toBe('stale')
    expect(given).toEqual(['1'])
  })

  it('that comes again after its reader was killed is done again, and is nothing while another reads', async () => {
    const { drain, checkpoints, given } = reader({ a: ['1'] })
    const killed = await checkpoints.claim('a', 20)
    expect(killed?.epoch).toBe(1)
    expect(await drain(item)).toBe('stale')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await drain(item)).toBe('finished')
    expect(given).toEqual(['1'])
  })

  it('that comes late, after what it left was taken, is nothing', async () => {
    const { drain } = reader({ a: ['1', '2', '3', '4', '5', '6', '7'] })
    expect(await drain(item, { time: -1 })).toBe('stopped')
    expect(await drain({ ...item, epoch: 1 }, { time: -1 })).toBe('stopped')
    expect(await drain(item)).toBe('stale')
  })

  it('of a partition that is gone is done with', async () => {
    expect(await reader({}).drain(item)).toBe('gone')
  })

  it('fails with its records, and leaves the checkpoint before them', async () => {
    const { drain, checkpoints } = reader({ a: ['1'] })
    const onBatch = async (_: readonly SourceRecord[]) => Promise.reject(new Error('the edge takes nothing'))
    await expect(drain(item, { onBatch })).rejects.toThrow('The record at 0 of a fails')
    expect(await checkpoints.get('a')).toMatchObject({ position: undefined, claimed: false })
  })

  it('of another source, or what is none, is refused', () => {
    const message = (body: string) => ({ body }) as Message
    expect(() => workItemOf(message('{"source":"b","partition":"a","epoch":0}'), 'lists')).toThrow('of the source b')
    expect(() => workItemOf(message('hello'), 'lists')).toThrow('is no work item')
  })
})
