import { SQSClient } from '@aws-sdk/client-sqs'
import { createTargets, receive } from '@causeway-aws/edge'
import { clientDefaults, createHandler, integer, text } from '@causeway-aws/handler'
import type { SQSEvent } from 'aws-lambda'
import { routing } from './routing.ts'

/** A node: gives each message of its edge to the processor that the message's type is routed to. */
export const handler = createHandler(
  {
    name: 'edge-trigger',
    configuration: {
      routes: routing,
      messageType: text({ example: 'order' }),
      concurrency: integer({ min: 1, default: 10 }),
    },
    clients: {
      targets: ({ routes }) => createTargets({ queueUrls: routes.targets, client: sqs() }),
    },
  },
  (event: SQSEvent, { config: { routes, ...options }, clients: { targets }, signal, logger }) =>
    receive(event, { ...options, targets, signal, logger }, routes.processor),
)

/**
 * Requests go to this region's endpoint, or to AWS_ENDPOINT_URL; left alone, the SDK goes to the host in a queue's URL.
 * The edge tries again by itself, so the client must not: one attempt of the edge would be three.
 */
function sqs(): SQSClient {
  return new SQSClient({ ...clientDefaults, maxAttempts: 1, useQueueUrlAsEndpoint: false })
}
