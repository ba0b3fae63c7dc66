import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pack } from '../src/sending/pack.ts'

const maxBytes = 100
const entries = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: maxBytes }) }))

describe('pack', () => {
  it('makes batches of at most 10 entries and the byte limit, loses nothing and keeps the order', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const batches = pack(all, maxBytes)
        expect(batches.flat()).toEqual(all)
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0)
          expect(batch.length).toBeLessThanOrEqual(10)
          expect(batch.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(maxBytes)
        }
      }),
    )
  })

  it('begins a new batch only where the next entry does not fit', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const batches = pack(all, maxBytes)
        for (const [position, next] of batches.slice(1).entries()) {
          const batch = batches[position] ?? []
          const bytes = batch.reduce((sum, entry) => sum + entry.bytes, next[0]?.bytes ?? 0)
          expect(batch.length === 10 || bytes > maxBytes).toBe(true)
        }
      }),
    )
  })

  it('fills a batch to exactly the limit', () => {
    expect(pack([{ bytes: 60 }, { bytes: 40 }, { bytes: 1 }], maxBytes).map((batch) => batch.length)).toEqual([2, 1])
  })

  it('makes no batch of nothing', () => {
    expect(pack([], maxBytes)).toEqual([])
  })
})
