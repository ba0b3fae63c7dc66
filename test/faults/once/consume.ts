import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import {
  createAudit,
  createTargets,
  deadLetterQueue,
  edgeConsumer,
  type Idempotency,
  idempotencyTable,
} from '@causeway-aws/edge'
import { process as work } from './process.ts'

/** What the consumer is told by its only argument, as JSON. */
export interface Consuming {
  readonly node: string
  readonly queueUrl: string
  readonly deadLetterQueueUrl: string
  readonly tableName: string
  readonly targetUrl: string
  readonly auditBucket: string
  readonly maxAttempts: number
}

const consuming: Consuming = JSON.parse(process.argv[2] ?? '')
const { node, queueUrl, deadLetterQueueUrl, tableName, targetUrl, auditBucket, maxAttempts } = consuming
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
    node,
    queueUrl,
    client,
    idempotency,
    audit: createAudit({ bucket: auditBucket, node }),
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
