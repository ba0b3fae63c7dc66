import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { kinesisSource, read, tableCheckpoints } from '@causeway-aws/readers'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { openGiven } from './given.ts'
import { untilOver } from './reader-process.ts'
import { refusing, type Work } from './refusing.ts'

/** What the reader is told by its only argument, as JSON. */
export interface ReadingStream extends Work {
  readonly stream: string
  readonly endpoint: string
  readonly tableName: string
  readonly limit: number
  readonly lease: number
}

const reading: ReadingStream = JSON.parse(process.argv[2] ?? '')
const { stream, endpoint, tableName, limit, lease } = reading
const given = openGiven(reading.given)
const ending = new AbortController()
process.once('SIGTERM', () => ending.abort())
await untilOver(() =>
  read({
    source: kinesisSource({
      stream,
      limit,
      idle: 50,
      // Each request is made once: that it is made again is for the source to see to.
      client: new KinesisClient({ endpoint, maxAttempts: 1, requestHandler: new NodeHttpHandler() }),
    }),
    checkpoints: given.watch(tableCheckpoints({ tableName, client: new DynamoDBClient(), source: stream })),
    discovery: 250,
    lease,
    signal: ending.signal,
    ...refusing(reading, given),
  }),
)
