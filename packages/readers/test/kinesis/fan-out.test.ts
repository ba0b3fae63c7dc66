import {
  type KinesisClient,
  ListShardsCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
  type SubscribeToShardInput,
} from '@aws-sdk/client-kinesis'
import { expect, it } from 'vitest'
import { kinesisSource, memoryCheckpoints, read } from '../../src/index.ts'
import { textsOf } from '../list-source.ts'

const stream = 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders'
const consumerArn = `${stream}/consumer/reader:1764000000`

type Pushed = Omit<SubscribeToShardEvent, 'Records'> & { readonly texts?: readonly string[] }

/** A stream whose subscriptions bring some events each, then end or fail, one after the other; and what they were asked for. */
function pushing(subscriptions: readonly (readonly (Pushed | Error)[] | Error)[]) {
  const asked: SubscribeToShardInput['StartingPosition'][] = []
  let number = 0
  async function* events(some: readonly (Pushed | Error)[]) {
    for (const event of some) {
      if (event instanceof Error) throw event
      const { texts = [], ...more } = event
      const Records = texts.map((text) => {
        number += 1
        return { Data: Buffer.from(text), PartitionKey: 'a', SequenceNumber: `${100 + number}` }
      })
      yield { SubscribeToShardEvent: { Records, ...more } }
    }
  }
  const client = {
    async send(command: unknown) {
      if (command instanceof ListShardsCommand) return { Shards: [{ ShardId: 'shard-1' }] }
      if (!(command instanceof SubscribeToShardCommand)) throw new Error('unexpected')
      const some = subscriptions[asked.length] ?? []
      asked.push(command.input.StartingPosition)
      if (some instanceof Error) throw some
      return { EventStream: events(some) }
    },
  } as unknown as KinesisClient
  return { asked, source: kinesisSource({ stream, client, fanOut: { consumerArn }, patience: 5_000 }) }
}

async function readAll(subscriptions: Parameters<typeof pushing>[0], checkpoints = memoryCheckpoints()) {
  const { asked, source } = pushing(subscriptions)
  const texts: string[] = []
  const onBatch = async (records: Parameters<typeof textsOf>[0]) => void texts.push(...textsOf(records))
  const { finished } = await read({ source, checkpoints, untilCaughtUp: true, onBatch })
  return { texts, asked, finished }
}

const inUse = new ResourceInUseException({ message: 'Another active subscription exists', $metadata: {} })
const last = { MillisBehindLatest: 0, ContinuationSequenceNumber: undefined, ChildShards: [] }

it.each([
  ['has no sequence number to go on by', last],
  ['names its children', { ...last, ContinuationSequenceNumber: '102', ChildShards: [{ ShardId: 'shard-2' }] }],
] as [string, Pushed][])('A shard that is pushed has ended with the event that %s', async (_, end) => {
  const checkpoints = memoryCheckpoints()
  const begin = { texts: ['a', 'b'], ContinuationSequenceNumber: '102', MillisBehindLatest: 5 }
  const { texts, finished } = await readAll([[begin, end]], checkpoints)
  expect({ texts, finished }).toEqual({ texts: ['a', 'b'], finished: 1 })
  expect(await checkpoints.get('shard-1')).toMatchObject({ position: '102', finished: true })
})

it('A subscription that ends, breaks, or is still counted is followed by another, from where it had come to', async () => {
  const broken = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  const { texts, asked } = await readAll([
    [{ texts: ['a'], ContinuationSequenceNumber: '101', MillisBehindLatest: 9 }],
    inUse,
    [{ texts: ['b'], ContinuationSequenceNumber: '102', MillisBehindLatest: 9 }, broken],
    [{ ContinuationSequenceNumber: '107', MillisBehindLatest: 9 }],
    [{ texts: ['c'], ContinuationSequenceNumber: '108', MillisBehindLatest: 0 }],
  ])
  expect(texts).toEqual(['a', 'b', 'c'])
  expect(asked).toEqual([
    { Type: 'TRIM_HORIZON' },
    ...['101', '101', '102', '107'].map((SequenceNumber) => ({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber })),
  ])
}, 20_000)

it('A subscription that another reader has taken over ends the reading, and is not taken back', async () => {
  const reading = readAll([[{ texts: ['a'], ContinuationSequenceNumber: '101', MillisBehindLatest: 9 }, inUse]])
  await expect(reading).rejects.toThrow(
    `Another reader has subscribed to shard shard-1 of the stream ${stream} as ${consumerArn}; give each reader a consumer of its own.`,
  )
})

it('A consumer that is not there is said', async () => {
  const gone = new ResourceNotFoundException({ message: 'Consumer reader is not found', $metadata: {} })
  await expect(readAll([gone])).rejects.toThrow(
    `shard shard-1 of the stream ${stream} cannot be read: ResourceNotFoundException: Consumer reader is not found.`,
  )
})

it.each([
  ['reader', 'fanOut.consumerArn must be the ARN of a consumer'],
  [consumerArn.replace('orders', 'payments'), 'fanOut.consumerArn must be of a consumer of the stream'],
])('The consumer %s is refused', (consumerArn, sentence) => {
  const client = { send() {} } as unknown as KinesisClient
  expect(() => kinesisSource({ stream, client, fanOut: { consumerArn } })).toThrow(sentence)
  expect(() => kinesisSource({ stream: 'orders', client, fanOut: { consumerArn } })).toThrow(sentence)
})
