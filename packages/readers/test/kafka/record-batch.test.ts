import { expect, it } from 'vitest'
import { messagesOf, type RecordBatch } from '../../src/kafka/record-batch.ts'

/** A record as it is in a batch, with one header: numbers that small are twice themselves, and -1 is 1. */
function recordOf(offset: number, headerName: Buffer | undefined): number[] {
  const name = headerName ? [2 * headerName.length, ...headerName] : [1]
  const [attributes, sinceFirst, key, value] = [0, 0, [1], [2 * 1, 0x78]]
  const body = [attributes, sinceFirst, 2 * offset, ...key, ...value, 2 * 1, ...name, 2 * 1, 0x31]
  return [2 * body.length, ...body]
}

function batchOf(...headerNames: (Buffer | undefined)[]): RecordBatch {
  const records = Buffer.from(headerNames.flatMap((name, offset) => recordOf(offset, name)))
  const [firstOffset, lastOffset] = [7n, 6n + BigInt(headerNames.length)]
  const times = { firstTimestamp: 0, maxTimestamp: 0 }
  const rest = { attributes: 0, producerId: '-1', count: headerNames.length, end: records.length }
  return { firstOffset, lastOffset, records, ...times, ...rest }
}

const limits = { most: 1_000_000, place: 'partition 0 of the topic orders' }

it('A record with a header whose name is not UTF-8 fails by itself, and says that name', async () => {
  const { messages } = await messagesOf(batchOf(Buffer.from('a'), Buffer.from([0xff, 0x61]), Buffer.from('ü')), limits)
  expect(messages.map(({ offset, fault }) => [offset, fault])).toEqual([
    ['7', undefined],
    ['8', 'it has a header whose name is not UTF-8: /2E= in base64'],
    ['9', undefined],
  ])
  expect(messages[2]?.headers).toEqual([['ü', Buffer.from('1')]])
})

it('A header without a name is of a batch that is broken', async () => {
  const { messages } = await messagesOf(batchOf(Buffer.from('a'), undefined), limits)
  expect(messages.map(({ offset, fault }) => [offset, fault])).toEqual([
    ['8', 'the batch from offset 7 to 8 of partition 0 of the topic orders cannot be read: it is not whole records'],
  ])
})
