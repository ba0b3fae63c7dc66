import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { createAudit, edgeConsumer, idempotencyTable, type Message } from '@causeway-aws/edge'
import type { ClientOptions } from '@causeway-aws/sandbox'
import type { TestQueue } from '../queue.ts'

/** What a node on a standard target does: one effect for each message, however often it is there. */
export async function effectsOf(
  target: TestQueue,
  { tableName, bucket }: { tableName: string; bucket: string },
  options: ClientOptions,
): Promise<Message[]> {
  const effects: Message[] = []
  const ending = new AbortController()
  const ignore = () => {}
  const consumed = edgeConsumer(
    {
      node: 'target',
      queueUrl: target.url,
      client: new SQSClient(options),
      idempotency: idempotencyTable({ tableName, client: new DynamoDBClient(options) }),
      audit: createAudit({ bucket, node: 'target', client: options }),
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      signal: ending.signal,
    },
    async (message) => {
      effects.push(message)
    },
  )
  while ((await target.size()) > 0) await sleep(500)
  ending.abort()
  await consumed
  return effects
}
