import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  deliverKafkaEvent,
  type KafkaEvent,
  kafkaEvent,
  type Partition,
  type ReadOptions,
  RecordError,
  type SourceRecord,
} from '../../src/index.ts'
import { textsOf } from '../list-source.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Records of each partition, by the texts in them. */
const event = (partitions: readonly (readonly string[])[]): KafkaEvent => ({
  eventSource: 'aws:kafka',
  records: Object.fromEntries(
    partitions.map((texts, partition) => [
      `orders-${partition}`,
      texts.map((text, offset) => ({
        ...{ topic: 'orders', partition, offset: 100 + offset, timestamp: 1_545_084_650_987 },
        value: base64(text),
      })),
    ]),
  ),
})

type Delivery = Pick<ReadOptions<Partition>, 'onBatch' | 'onFailure'>

const delivering = (event: KafkaEvent, delivery: Delivery): Promise<void> =>
  deliverKafkaEvent(event, { maxAttempts: 1, backoff: () => 0, patience: 0, ...delivery }, new AbortController().signal)

/** The one record of an event. */
async function given(
  record: Omit<KafkaEvent['records'][string][number], 'topic' | 'partition'>,
): Promise<SourceRecord | undefined> {
  const given: SourceRecord[] = []
  const records = { 'orders-0': [{ topic: 'orders', partition: 0, ...record }] }
  await delivering({ eventSource: 'aws:kafka', records }, { onBatch: async (all) => void given.push(...all) })
  return given[0]
}

describe('An event of Kafka', () => {
  it('is delivered in order, each partition for itself', async () => {
    const given: Record<string, string[]> = {}
    await delivering(event([['a', 'b', 'c'], ['d']]), {
      onBatch: async (records, { partition: { id } }) => {
        given[id] = textsOf(records)
      },
    })
    expect(given).toEqual({ 0: ['a', 'b', 'c'], 1: ['d'] })
  })

  it('fails whole when a record does that nobody takes, so that the mapping brings it again', async () => {
    const given: string[] = []
    const delivered = delivering(event([['a', 'b', 'c']]), {
      onBatch: async (records) => {
        if (textsOf(records).includes('b')) throw new Error('refused')
        given.push(...textsOf(records))
      },
    })
    await expect(delivered).rejects.toThrow(RecordError)
    expect(given).toEqual(['a'])
  })

  it('of which a partition fails has failed when the others are done', async () => {
    const given: string[] = []
    const delivered = delivering(event([['a'], ['b']]), {
      onBatch: async (records, { partition: { id } }) => {
        if (id === '0') throw new Error('refused')
        await sleep(20)
        given.push(...textsOf(records))
      },
    })
    await expect(delivered).rejects.toThrow(RecordError)
    expect(given).toEqual(['b'])
  })

  it('is done past a record that goes to where those go that fail', async () => {
    const [given, failed]: [string[], string[]] = [[], []]
    await delivering(event([['a', 'b', 'c']]), {
      onBatch: async (records) => {
        if (textsOf(records).includes('b')) throw new Error('refused')
        given.push(...textsOf(records))
      },
      onFailure: async ({ record: { position } }) => void failed.push(position),
    })
    expect([given, failed]).toEqual([['a', 'c'], ['101']])
  })

  it('says where and when each record is, and what its sender wrote beside it', async () => {
    const headers = [{ trace: [49] }, { attempt: [50] }, { trace: [51] }]
    const record = await given({
      ...{ offset: 7, timestamp: 1_545_084_650_987, key: base64('customer-7'), value: base64('{}'), headers },
    })
    expect(record).toMatchObject({ position: '7', key: 'customer-7', timestamp: new Date(1_545_084_650_987) })
    expect(record?.headers?.map(([name, value]) => [name, Buffer.from(value ?? '').toString()])).toEqual([
      ['trace', '1'],
      ['attempt', '2'],
      ['trace', '3'],
    ])
  })

  it('keeps a key that is no text as its bytes', async () => {
    const bytes = Buffer.from('00000000000000c8', 'hex')
    const record = await given({ offset: 7, timestamp: 0, key: bytes.toString('base64'), value: '' })
    expect([record?.key, record?.keyBytes]).toEqual([undefined, bytes])
  })

  it('leaves out a time that is none', async () => {
    expect(await given({ offset: 7, timestamp: 9e18, value: '' })).not.toHaveProperty('timestamp')
  })

  it.each([null, undefined])('has a tombstone where a record has no value (%s)', async (value) => {
    expect(await given({ offset: 7, timestamp: 0, value })).toMatchObject({ tombstone: true, data: Buffer.alloc(0) })
  })

  it('is known by its form', () => {
    expect(v.is(kafkaEvent, event([['a']]))).toBe(true)
    expect(v.is(kafkaEvent, { eventSource: 'aws:kinesis', records: {} })).toBe(false)
    expect(v.is(kafkaEvent, { eventSource: 'aws:kafka', records: { 'orders-0': [{ topic: 'orders' }] } })).toBe(false)
  })
})
