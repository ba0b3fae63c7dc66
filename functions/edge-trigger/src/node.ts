import { SQSClient } from '@aws-sdk/client-sqs'
import { createAudit, createTargets, deadLetterQueue, idempotencyTable, type ReceiveOptions } from '@causeway-aws/edge'
import { type Configuration, clientDefaults } from '@causeway-aws/handler'
import type { configuration } from './configuration.ts'
import { dynamodb } from './dynamodb.ts'

/** How the function receives, the same for all its invocations. */
type Node = Omit<ReceiveOptions, 'signal' | 'deadline' | 'logger'>

// Requests go to this region's endpoint, or to AWS_ENDPOINT_URL; left alone, the SDK goes to the host in a queue's URL.
const sqsDefaults = { ...clientDefaults, useQueueUrlAsEndpoint: false }

/** Makes what the function's configuration asks for, and nothing else. */
export function createNode(config: Configuration<typeof configuration>): Node {
  const { nodeName: node, routes, messageType, concurrency, maxAttempts, maxBytes } = config
  const { idempotencyTable: tableName, deadLetterQueue: letters, bodies, auditBucket, auditBucketOwner } = config
  const client = new SQSClient(sqsDefaults)
  // An edge tries again by itself, so its client must not: one attempt of the edge would be three.
  const sending = new SQSClient({ ...sqsDefaults, maxAttempts: 1 })
  return {
    node,
    messageType,
    concurrency,
    client,
    targets: createTargets({
      queueUrls: routes.targets,
      client: sending,
      maxBytes,
      largeBodies: config.targetBodies,
      bodiesFrom: bodies,
    }),
    ...(tableName !== '' && { idempotency: idempotencyTable({ tableName, client: dynamodb() }) }),
    ...(letters !== undefined && { deadLetters: deadLetterQueue({ queueUrl: letters, client, maxAttempts }) }),
    ...(bodies && { largeBodies: bodies, streamBodies: true }),
    ...(auditBucket !== '' && {
      audit: createAudit({
        bucket: auditBucket,
        node,
        client: clientDefaults,
        ...(auditBucketOwner !== '' && { bucketOwner: auditBucketOwner }),
      }),
    }),
  }
}
