import { gzipSync } from 'node:zlib'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { deliverKinesisEvent, type KinesisEvent, kinesisEvent, TargetError } from '../../src/index.ts'
import { textsOf } from '../list-source.ts'
import { aggregateOf } from './aggregate-of.ts'

const event = (...records: (string | Buffer)[]): KinesisEvent => ({
  Records: records.map((record, index) => ({
    eventSource: 'aws:kinesis',
    eventID: `shardId-000000000006:4959033827149025660855969253836157109592157598913658${index}`,
    kinesis: {
      data: Buffer.from(record).toString('base64'),
      partitionKey: 'customer-1',
      sequenceNumber: `4959033827149025660855969253836157109592157598913658${index}`,
      approximateArrivalTimestamp: 1_545_084_650.987,
    },
  })),
})

const delivering = async (given: string[], fails: (text: string) => boolean, onFailure?: () => Promise<void>) => {
  const onBatch = async (records: Parameters<typeof textsOf>[0]) => {
    if (textsOf(records).some(fails)) throw new Error('refused')
    given.push(...textsOf(records))
  }
  return deliver(event('one', 'two', 'three'), { onBatch, onFailure })
}

const deliver = (
  event: KinesisEvent,
  delivery: Pick<Parameters<typeof deliverKinesisEvent>[1], 'onBatch' | 'onFailure' | 'batchRecords'>,
) => {
  const how = { ...delivery, maxAttempts: 1, backoff: () => 0, patience: 0 }
  return deliverKinesisEvent(event, how, new AbortController().signal, () => {})
}

describe('An event of Kinesis', () => {
  it('is delivered in order', async () => {
    const given: string[] = []
    expect(await delivering(given, () => false)).toEqual({ batchItemFailures: [] })
    expect(given).toEqual(['one', 'two', 'three'])
  })

  it('is answered with the first record that is not done', async () => {
    const given: string[] = []
    const { batchItemFailures } = await delivering(given, (text) => text === 'two')
    expect(batchItemFailures).toEqual([{ itemIdentifier: '49590338271490256608559692538361571095921575989136581' }])
    expect(given).toEqual(['one'])
  })

  it('is done past a record that goes to where those go that fail', async () => {
    const given: string[] = []
    expect(
      await delivering(
        given,
        (text) => text === 'two',
        async () => {},
      ),
    ).toEqual({ batchItemFailures: [] })
    expect(given).toEqual(['one', 'three'])
  })

  it('comes in parts of so many records, of which those that were taken do not come again', async () => {
    const given: string[][] = []
    const onBatch = async (records: Parameters<typeof textsOf>[0]) => {
      if (given.length === 1) throw new TargetError('there is no time left', { retryable: false })
      given.push(textsOf(records))
    }
    const { batchItemFailures } = await deliver(event('one', 'two', 'three'), { onBatch, batchRecords: 2 })
    expect(given).toEqual([['one', 'two']])
    expect(batchItemFailures).toEqual([{ itemIdentifier: '49590338271490256608559692538361571095921575989136582' }])
  })

  it('of which the records are gzip is expanded one by one where they are large, and goes on at the one that fails', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 ** 2))
    const counts: number[] = []
    const onBatch = async (records: readonly unknown[]) => {
      counts.push(records.length)
      if (counts.length === 3) throw new Error('refused')
    }
    const { batchItemFailures } = await deliver(event(bomb, bomb, bomb, bomb), { onBatch })
    expect(batchItemFailures).toEqual([{ itemIdentifier: '49590338271490256608559692538361571095921575989136582' }])
    expect(counts).toEqual([1, 1, 1])
  })

  it.each([
    ['a record in the middle of an aggregate with its aggregate', 12_345, 0],
    ['the first record of an aggregate with that one, when the one before is done', 15_000, 1],
    ['a record after aggregates with itself', 30_000, 2],
  ])('answers %s', async (_, failing, index) => {
    const texts = Array.from({ length: 30_000 }, (_, number) => `${number}`)
    const subs = texts.map((text) => ({ key: 'a', data: Buffer.from(text) }))
    const [first, second, empty] = [subs.slice(0, 15_000), subs.slice(15_000), []].map(aggregateOf)
    if (!first || !second || !empty) throw new Error('there are three')
    const given: string[] = []
    const onBatch: Parameters<typeof deliver>[1]['onBatch'] = async (records) => {
      if (textsOf(records).includes(`${failing}`)) throw new Error('refused')
      given.push(...textsOf(records))
    }
    const { batchItemFailures } = await deliver(event(first, second, '30000', empty), { onBatch })
    expect(batchItemFailures).toEqual([
      { itemIdentifier: `4959033827149025660855969253836157109592157598913658${index}` },
    ])
    expect(given).toEqual(texts.slice(0, failing))
  })

  it('of an aggregate of nothing is done', async () => {
    const onBatch = () => Promise.reject(new Error('there is nothing to do'))
    expect(await deliver(event(aggregateOf([])), { onBatch })).toEqual({ batchItemFailures: [] })
  })

  it('is known by its form', () => {
    expect(v.is(kinesisEvent, event('one'))).toBe(true)
    expect(v.is(kinesisEvent, { Records: [] })).toBe(false)
    expect(v.is(kinesisEvent, { Records: [{ eventSource: 'aws:sqs' }] })).toBe(false)
  })
})
