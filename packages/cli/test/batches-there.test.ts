import type { Batch } from '@causeway-aws/readers/reading'
import { describe, expect, it, vi } from 'vitest'
import { batchesThere } from '../src/batches-there.ts'

const record = { position: '1', data: Buffer.from('1') }
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('Batches that are there', () => {
  it('are taken one by one, those without records left out, and after the last there is none', async () => {
    async function* batches(): AsyncGenerator<Batch, void> {
      yield { records: [record], position: '1' }
      yield { records: [], position: '2' }
      yield { records: [record], position: '3' }
    }
    const there = batchesThere(batches())
    expect(there.take()).toBeUndefined()
    const taken: unknown[] = []
    for (let time = 0; time < 5; time += 1) {
      await turn()
      taken.push(there.take()?.position)
    }
    expect(taken).toEqual(['1', undefined, '3', undefined, undefined])
  })

  it('are not there where they cannot be had, and it is said why as often as somebody asks', async () => {
    const there = batchesThere({ next: () => Promise.reject(new Error('it is gone')) })
    await turn()
    for (let time = 0; time < 2; time += 1) expect(() => there.take()).toThrow('it is gone')
  })

  it('keep nothing of those who looked, however often nothing came', () => {
    const never = new Promise<IteratorResult<Batch>>(() => {})
    const waited = vi.spyOn(never, 'then')
    const there = batchesThere({ next: () => never })
    for (let time = 0; time < 1_000; time += 1) expect(there.take()).toBeUndefined()
    expect(waited).toHaveBeenCalledTimes(1)
  })
})
