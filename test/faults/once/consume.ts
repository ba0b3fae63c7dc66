import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { createTargets, deadLetterQueue, edgeConsumer, type Idempotency, idempotencyTable } from '@causeway-aws/edge'
import { process as work } from './process.ts'

/** What the consumer is told by its only argument, as JSON. */
export interface Consuming {
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  readonly tableName: string
  readonly targetUrl: string
  readonly maxAttempts: number
}

const { queueUrl, deadLetterQueueUrl, tableName, targetUrl, maxAttempts }: Consuming = JSON.parse(process.argv[2] ?? '')
const client = new SQSClient({ useQueueUrlAsEndpoint: false })
const table = idempotencyTable({ tableName, client: new DynamoDBClient() })
// A message whose run was killed is run again after seconds and not after minutes.
const idempotency: Idempotency = {
  ...table,
  claim: (key, _until, signal) => table.claim(key, Date.now() + 3_000, signal),
}
const ignore = () => {}

await edgeConsumer(
  {
    queueUrl,
    client,
    idempotency,
    deadLetters: deadLetterQueue({ queueUrl: deadLetterQueueUrl, client, maxAttempts }),
    targets: createTargets({
      queueUrls: [targetUrl],
      client: new SQSClient({ useQueueUrlAsEndpoint: false, maxAttempts: 1 }),
    }),
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    visibilityTimeout: 2,
  },
  work([targetUrl], {}, {}),
)
