import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency'
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createMessage, encodeMessage, idempotencyTable, type Logger, receive } from '@causeway-aws/edge'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { compared, type Figure } from './figure.ts'
import { startInstantSqs } from './instant-sqs.ts'
import { inPairs } from './pairs.ts'
import { startSandbox } from './sandbox.ts'

const messagesOfEvent = 10
const eventsOfSample = 10
const tableName = 'messages'

/** Microseconds a message of `receive` with a table, beside Powertools' idempotent record handler in its batch processor. */
export async function* idempotent(): AsyncGenerator<Figure> {
  {
    await using server = await startInstantSqs()
    const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' }
    yield* against(
      'no server time',
      new DynamoDBClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials }),
      60,
    )
  }
  await using sandbox = await startSandbox()
  const client = new DynamoDBClient(await sandbox.client('home'))
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  )
  yield* against('MiniStack', client, 30)
}

async function* against(server: string, client: DynamoDBClient, pairs: number): AsyncGenerator<Figure> {
  const options = { logger: silent, node: 'orders', idempotency: idempotencyTable({ tableName, client }) }
  const processor = new BatchProcessor(EventType.SQS)
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'messageId', throwOnNoIdempotencyKey: true })
  config.registerLambdaContext(context)
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: client })
  const once = makeIdempotent(async (_: SQSRecord) => {}, { persistenceStore, config })
  const samples = await inPairs(
    pairs,
    () => perMessage((event) => receive(event, options, async () => {})),
    () => perMessage((event) => processPartialResponse(event, once, processor)),
  )
  yield compared(`${server}: standard`, samples, { at: 'most', limit: 1.1 })
}

/** As much of it as Powertools asks for. */
const context = { getRemainingTimeInMillis: () => 60_000 } as Context

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Every message is new, and so is written twice: when it is begun and when it is done. */
async function perMessage(handle: (event: SQSEvent) => Promise<SQSBatchResponse>): Promise<number> {
  const events = Array.from({ length: eventsOfSample }, () => ({
    Records: Array.from({ length: messagesOfEvent }, () => newRecord()),
  }))
  const start = performance.now()
  for (const event of events) {
    const { batchItemFailures } = await handle(event)
    if (batchItemFailures.length > 0) throw new Error('Messages failed, so what was measured is how they fail.')
  }
  return ((performance.now() - start) * 1_000) / (eventsOfSample * messagesOfEvent)
}

function newRecord(): SQSRecord {
  const { MessageBody, MessageAttributes } = encodeMessage(createMessage({ type: 'order', body: '{"id":7}' }), {
    fifo: false,
  })
  const messageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [
      name,
      { dataType: 'String', stringValue: StringValue },
    ]),
  )
  return {
    messageId: crypto.randomUUID(),
    receiptHandle: 'AQEB',
    body: MessageBody,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1545082650636',
      SenderId: 'AROAEXAMPLE:orders',
      ApproximateFirstReceiveTimestamp: '1545082650649',
    },
    messageAttributes,
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111111111111:orders',
    awsRegion: 'eu-west-1',
  }
}
