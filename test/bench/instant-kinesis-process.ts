import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Shard } from '@aws-sdk/client-kinesis'

// Shards that all hold the same records and are closed, so that each has an end. What an answer holds is written once.
const [shards = 0, calls = 0, recordsOfCall = 0] = process.argv.slice(2).map(Number)
const written: string[] = []

interface Input {
  readonly ShardId?: string
  /** `SHARD/CALL` */
  readonly ShardIterator?: string
}

const actions: Record<string, (input: Input) => string> = {
  ListShards: () => JSON.stringify({ Shards: Array.from({ length: shards }, (_, shard) => shardOf(shard)) }),
  GetShardIterator: ({ ShardId }) => JSON.stringify({ ShardIterator: `${ShardId}/0` }),
  GetRecords: ({ ShardIterator = '' }) => {
    const [shard, call] = ShardIterator.split('/')
    const next = Number(call) + 1
    written[next] ??= JSON.stringify(recordsOf(next))
    const iterator = next < calls ? `"NextShardIterator":"${shard}/${next}",` : ''
    return `{${iterator}"MillisBehindLatest":1000,"Records":${written[next]}}`
  },
}

const server = createServer(async (request, response) => {
  const action = actions[`${request.headers['x-amz-target']}`.replace(/.*\./, '')]
  const input = (await json(request)) as Input
  response.setHeader('content-type', 'application/x-amz-json-1.1')
  response.end(action?.(input))
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())

function shardOf(shard: number): Shard {
  return {
    ShardId: `shardId-${`${shard}`.padStart(12, '0')}`,
    HashKeyRange: { StartingHashKey: '0', EndingHashKey: `${2n ** 128n - 1n}` },
    SequenceNumberRange: { StartingSequenceNumber: '1', EndingSequenceNumber: '2' },
  }
}

/** What one call gives: records of 1,000 bytes. */
function recordsOf(call: number): object[] {
  const Data = Buffer.alloc(1_000, 'x').toString('base64')
  return Array.from({ length: recordsOfCall }, (_, index) => ({
    ApproximateArrivalTimestamp: 1_790_000_000.123,
    Data,
    PartitionKey: `customer-${index}`,
    SequenceNumber: `${4959n * 10n ** 52n + BigInt(call * recordsOfCall + index)}`,
  }))
}
