import type { Batch, Source, SourceRecord } from '@causeway-aws/readers'
import { describe, expect, it } from 'vitest'
import { inPieces } from '../src/in-pieces.ts'

const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ position: `${from + index}`, data: Buffer.alloc(10) }))

/** Two partitions, each with the same batches. */
const source: Source = {
  name: 'orders',
  async *partitions() {
    yield* ['a', 'b'].map((id) => ({ id, after: [] }))
  },
  async *read() {
    yield { records: records(0, 5), position: '5', lag: 0 }
    yield { records: [], position: '7', lag: 0 }
  },
}

const reading = (pieces: Source, signal = new AbortController().signal) =>
  pieces.read({ id: 'a', after: [] }, { start: 'earliest' }, signal)

it('gives a batch in pieces of no more bytes than that as they are printed, each with the position that it ends at', async () => {
  const given: Batch[] = []
  const sizeOf = ({ data }: SourceRecord, partition: string) => data.length + partition.length
  for await (const batch of reading(inPieces(source, { most: 100, bytes: 32, sizeOf }).source)) given.push(batch)
  expect(given).toEqual([
    { records: records(0, 2), position: '1', lag: 1 },
    { records: records(2, 4), position: '3', lag: 1 },
    { records: records(4, 5), position: '5', lag: 0 },
    { records: [], position: '7', lag: 0 },
  ])
})

it('gives a record by itself that has more bytes than a piece may have', async () => {
  const given: (readonly SourceRecord[])[] = []
  const { source: pieces } = inPieces(source, { most: 100, bytes: 5, sizeOf: ({ data }) => data.length })
  for await (const { records } of reading(pieces)) given.push(records)
  expect(given).toEqual([...records(0, 5).map((record) => [record]), []])
})

it('gives no more than it may, of all partitions together, and then nothing at all until it is stopped', async () => {
  const stop = new AbortController()
  const { source: pieces } = inPieces(source, { most: 7 })
  const given: Batch[] = []
  const all = [0, 1].map(async () => {
    for await (const batch of reading(pieces, stop.signal)) if (batch.records.length > 0) given.push(batch)
  })
  await expect.poll(() => given).toHaveLength(2)
  setTimeout(() => stop.abort(new Error('enough')), 20)
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(given).toEqual([
    { records: records(0, 5), position: '5', lag: 0 },
    { records: records(0, 2), position: '1', lag: 1 },
  ])
})

describe('What is taken back of a reader', () => {
  it('before it is done may be given to another, also to one that waits for it', async () => {
    const { source: pieces } = inPieces(source, { most: 7 })
    const [first, second, third] = [0, 1, 2].map(() => reading(pieces)[Symbol.asyncIterator]())
    expect((await first?.next())?.value.records).toHaveLength(5)
    expect((await second?.next())?.value.records).toHaveLength(2)
    const waiting = third?.next()
    await first?.return?.()
    expect((await waiting)?.value.records).toHaveLength(5)
  })

  it('after it is done has counted', async () => {
    const stop = new AbortController()
    const { source: pieces, done } = inPieces(source, { most: 5 })
    const [first, second] = [0, 1].map(() => reading(pieces, stop.signal)[Symbol.asyncIterator]())
    done((await first?.next())?.value.records)
    await first?.return?.()
    const waiting = second?.next()
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
