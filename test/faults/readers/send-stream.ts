import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge } from '@causeway-aws/edge'
import { kinesisSource, read, sendRecords, tableCheckpoints } from '@causeway-aws/readers'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { untilOver } from './reader-process.ts'

/** What the reader is told by its only argument, as JSON. */
export interface SendingStream {
  readonly stream: string
  readonly kinesis: string
  readonly tableName: string
  readonly queueUrl: string
  readonly sqs: string
  readonly limit: number
  readonly lease: number
}

const { stream, kinesis, tableName, queueUrl, sqs, limit, lease }: SendingStream = JSON.parse(process.argv[2] ?? '')
const ending = new AbortController()
process.once('SIGTERM', () => ending.abort())
const source = kinesisSource({
  stream,
  idle: 50,
  limit,
  client: new KinesisClient({ endpoint: kinesis, requestHandler: new NodeHttpHandler() }),
})
const client = new SQSClient({ endpoint: sqs, useQueueUrlAsEndpoint: false, maxAttempts: 1 })
await untilOver(() =>
  read({
    source,
    checkpoints: tableCheckpoints({ tableName, client: new DynamoDBClient(), source: stream }),
    discovery: 250,
    lease,
    signal: ending.signal,
    onBatch: sendRecords({ edge: createEdge({ queueUrl, client }), source: source.name, type: 'order' }),
    onFailure: async ({ record }) => {
      throw new Error(`No record fails by itself, and ${record.position} did.`)
    },
  }),
)
