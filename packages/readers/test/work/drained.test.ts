import { expect, it } from 'vitest'
import type { Progress } from '../../src/read-partition.ts'
import type { Batch, Partition } from '../../src/source.ts'
import { Drained } from '../../src/work/drained.ts'

const record = { position: '7', data: Buffer.from('order 7') }
const batch = (id: string, far: Omit<Batch, 'records'>): Progress<Partition> => ({
  ...far,
  partition: { id, after: [] },
  records: [record],
})

it('is as far behind as the last of its partitions, and has all left that they have', () => {
  const drained = new Drained()
  drained.add(batch('0', { lag: 9_000, left: { records: 20 } }))
  drained.add(batch('1', { lag: 5_000, left: { records: 3 } }))
  drained.add(batch('0', { lag: 0, left: { records: 0 } }))
  expect(drained).toMatchObject({ records: 3, bytes: 21, lag: 5_000, left: { records: 3 } })
})

it('says nothing of what it does not know', () => {
  const drained = new Drained()
  drained.add(batch('orders/1.ndjson', { left: { bytes: 100 } }))
  expect(drained.lag).toBe(undefined)
  expect(drained.left).toEqual({ bytes: 100 })
  expect(new Drained().left).toBe(undefined)
})
