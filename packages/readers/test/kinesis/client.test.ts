import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetRecordsCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kinesisClient } from '../../src/index.ts'

let answer: { readonly status: number; readonly body: unknown }
const server = createServer((_, response) => {
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(JSON.stringify(answer.body))
})
const cleanup = new AsyncDisposableStack()
/** What the SDK makes of an answer, and what ours does. */
let clients: readonly KinesisClient[]

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
  }
  clients = [new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() }), kinesisClient(config)]
  cleanup.defer(() => void server.close())
  for (const client of clients) cleanup.defer(() => client.destroy())
})

afterAll(() => cleanup.disposeAsync())

const getRecords = (client: KinesisClient) => client.send(new GetRecordsCommand({ ShardIterator: 'iterator' }))

const record = fc.record(
  {
    Data: fc.uint8Array({ maxLength: 6_000 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    PartitionKey: fc.string({ unit: 'binary' }),
    SequenceNumber: fc.bigInt({ min: 0n }).map(String),
    ApproximateArrivalTimestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }).map((time) => time / 1_000),
    EncryptionType: fc.constant('KMS'),
  },
  { requiredKeys: ['Data'] },
)

it('An answer is read as the SDK reads it, whatever is in its records and keys', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 20 }), fc.nat(), async (Records, MillisBehindLatest) => {
      answer = { status: 200, body: { Records, MillisBehindLatest, NextShardIterator: 'next' } }
      const [theirs, ours] = await Promise.all(clients.map(getRecords))
      expect({ ...ours, $metadata: undefined }).toStrictEqual({ ...theirs, $metadata: undefined })
    }),
  )
})

it.each(['YQ', 'YQ=', 'Y', 'YQ==YQ==', 'Y!==', 'YW Jj', 'YWJj\n', 'é'])('%j is not taken for base64', async (Data) => {
  answer = { status: 200, body: { Records: [{ Data, PartitionKey: 'a', SequenceNumber: '1' }] } }
  for (const client of clients) await expect(getRecords(client)).rejects.toThrow('base64')
})

it('An error has the name and the words of Kinesis', async () => {
  const message = 'Iterator expired. Das Ende: "äöü".'
  answer = { status: 400, body: { __type: 'ExpiredIteratorException', message } }
  for (const client of clients)
    await expect(getRecords(client)).rejects.toMatchObject({ name: 'ExpiredIteratorException', message })
})
