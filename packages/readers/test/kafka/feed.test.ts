import type { Batch } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { type Delivery, Feed } from '../../src/kafka/feed.ts'
import { heldBytes } from '../heap.ts'

const delivery = (lastOffset: number): Delivery => ({
  batch: { lastOffset: () => `${lastOffset}` } as Batch,
  commit: async () => {},
})
const { signal } = new AbortController()

describe('A feed', () => {
  it('gives one batch at a time, which is done when the next is asked for', async () => {
    const feed = new Feed(0n, () => {})
    const first = feed.give(delivery(6))
    expect((await feed.take(1_000, signal))?.batch.lastOffset()).toBe('6')
    expect(feed.next).toBe(0n)
    const taken = feed.take(1_000, signal)
    expect(await first).toBe(true)
    expect(feed.next).toBe(7n)
    const second = feed.give(delivery(9))
    expect((await taken)?.batch.lastOffset()).toBe('9')
    feed.revoke()
    expect(await second).toBe(false)
    expect(feed.next).toBe(7n)
  })

  it('gives nothing where nothing comes in time, and rejects when its reader is to end', async () => {
    const feed = new Feed(0n, () => {})
    expect(await feed.take(1, signal)).toBeUndefined()
    await expect(feed.take(60_000, AbortSignal.timeout(1))).rejects.toThrow('timeout')
    await expect(feed.take(60_000, AbortSignal.abort())).rejects.toThrow('aborted')
  })

  it('keeps nothing of those who waited, however often nothing came', async () => {
    const feed = new Feed(0n, () => {})
    async function waitInVain(times: number): Promise<void> {
      for (let time = 0; time < times; time += 1) {
        const ending = new AbortController()
        const taken = feed.take(60_000, ending.signal)
        ending.abort()
        await taken.catch(() => {})
      }
    }
    await waitInVain(1_000)
    const before = heldBytes()
    await waitInVain(20_000)
    expect(heldBytes() - before).toBeLessThan(1024 ** 2)
    expect(feed.next).toBe(0n)
  })
})
