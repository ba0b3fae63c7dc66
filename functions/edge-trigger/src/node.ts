import { SQSClient } from '@aws-sdk/client-sqs'
import { createTargets, deadLetterQueue, idempotencyTable, type ReceiveOptions } from '@causeway-aws/edge'
import { type Configuration, clientDefaults } from '@causeway-aws/handler'
import type { configuration } from './configuration.ts'
import { dynamodb } from './dynamodb.ts'

/** How the function receives, the same for all its invocations. */
type Node = Omit<ReceiveOptions, 'signal' | 'deadline' | 'logger'>

export function createNode(config: Configuration<typeof configuration>): Node {
  const {
    routes,
    messageType,
    concurrency,
    idempotencyTable: tableName,
    deadLetterQueue: queueUrl,
    maxAttempts,
  } = config
  // Requests go to this region's endpoint, or to AWS_ENDPOINT_URL; left alone, the SDK goes to the host in a queue's URL.
  const defaults = { ...clientDefaults, useQueueUrlAsEndpoint: false }
  const client = new SQSClient(defaults)
  return {
    node: config.awsLambdaFunctionName,
    messageType,
    concurrency,
    client,
    // An edge tries again by itself, so its client must not: one attempt of the edge would be three.
    targets: createTargets({ queueUrls: routes.targets, client: new SQSClient({ ...defaults, maxAttempts: 1 }) }),
    ...(tableName !== '' && {
      idempotency: idempotencyTable({ tableName, client: dynamodb() }),
    }),
    ...(queueUrl !== undefined && { deadLetters: deadLetterQueue({ queueUrl, client, maxAttempts }) }),
  }
}
