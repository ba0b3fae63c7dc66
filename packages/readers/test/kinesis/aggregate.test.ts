import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { subRecordsOf } from '../../src/kinesis/aggregate.ts'
import { isFor } from '../../src/kinesis/hash-range.ts'
import { parsePosition } from '../../src/kinesis/position.ts'
import { recordsIn } from '../../src/kinesis/records-in.ts'
import { aggregateOf } from './aggregate-of.ts'

const text = (data: Uint8Array) => Buffer.from(data).toString()

describe('An aggregate', () => {
  it('gives the records that were put into it, in their order', () => {
    const sub = fc.record(
      { key: fc.string(), hashKey: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String), data: fc.uint8Array() },
      { requiredKeys: ['key', 'data'] },
    )
    fc.assert(
      fc.property(fc.array(sub), (subs) => {
        expect([...(subRecordsOf(aggregateOf(subs)) ?? [])]).toEqual(
          subs.map(({ key, hashKey, data }) => ({
            partitionKey: key.toWellFormed(),
            explicitHashKey: hashKey,
            data: expect.toSatisfy((given: Uint8Array) => Buffer.from(given).equals(data)),
          })),
        )
      }),
    )
  })

  it.each([
    ['plain text', Buffer.from('plain text')],
    ['nothing', Buffer.alloc(0)],
    ['what only begins like one', Buffer.concat([Buffer.from('f3899ac2', 'hex'), Buffer.alloc(40)])],
    ['one of which a bit was turned', turned(aggregateOf([{ key: 'a', data: Buffer.from('1') }]), 6)],
    ['one that names a key which it has not', withDigest(Buffer.from([0x1a, 2, 0x08, 5]))],
    ['one of which a record names no key', withDigest(Buffer.from([0x0a, 1, 0x61, 0x1a, 2, 0x08, 0, 0x1a, 0]))],
    ['one that names a hash key which it has not', withDigest(Buffer.from([0x0a, 1, 0x61, 0x1a, 4, 0x08, 0, 0x10, 5]))],
  ])('is not %s', (_, data) => {
    expect(subRecordsOf(data)).toBeUndefined()
  })

  it('may name its keys after its records', () => {
    const [sub] = subRecordsOf(withDigest(Buffer.from([0x1a, 2, 0x08, 0, 0x0a, 1, 0x61]))) ?? []
    expect(sub?.partitionKey).toBe('a')
  })

  it('may lie in the middle of a larger buffer', () => {
    const aggregate = aggregateOf([{ key: 'a', data: Buffer.from('one') }])
    const larger = new Uint8Array([1, 2, 3, ...aggregate, 4, 5])
    const [sub] = subRecordsOf(larger.subarray(3, 3 + aggregate.length)) ?? []
    expect(sub && text(sub.data)).toBe('one')
  })
})

describe('A sub-record', () => {
  const half = 2n ** 127n
  const [lower, upper] = [
    { from: 0n, to: half - 1n },
    { from: half, to: 2n ** 128n - 1n },
  ]

  it('is for the shard that has the hash of its partition key', () => {
    // md5('a') is 0cc175b9..., md5('b') is 92eb5ffe...
    const [a, b] = ['a', 'b'].map((partitionKey) => ({
      partitionKey,
      explicitHashKey: undefined,
      data: Buffer.alloc(0),
    }))
    if (!a || !b) throw new Error('there are none')
    expect([isFor(lower, a), isFor(upper, a)]).toEqual([true, false])
    expect([isFor(lower, b), isFor(upper, b)]).toEqual([false, true])
    expect(isFor(upper, { ...a, explicitHashKey: `${half}` })).toBe(true)
  })

  it.each(['not-a-number', '', '0x10', ' 1', '-1', `${2n ** 128n}`, '9'.repeat(100_000)])(
    'with the hash key "%.12s" fails by itself, and those beside it do not',
    (hashKey) => {
      const Data = aggregateOf(
        ['one', hashKey, 'three'].map((data, index) => ({
          key: 'a',
          data: Buffer.from(data),
          ...(index === 1 && { hashKey }),
        })),
      )
      const records = recordsIn([{ Data, PartitionKey: 'a', SequenceNumber: '7' }])
      const fault = 'its explicit hash key is no number of 128 bits, so it is for no shard'
      expect([...records].map(({ position, fault }) => [position, fault])).toEqual([
        ['7/0', undefined],
        ['7/1', fault],
        ['7/2', undefined],
      ])
    },
  )
})

it.each(['', 'orders/1', '1/', '1/x', '-1', '1.5', '1/2/3'])('"%s" is no position of a shard', (position) => {
  expect(() => parsePosition(position)).toThrow('is no position of a Kinesis shard')
})

function turned(data: Buffer, position: number): Buffer {
  data[position] = (data[position] ?? 0) ^ 1
  return data
}

function withDigest(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, hash('md5', message, 'buffer')])
}
