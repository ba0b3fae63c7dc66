import { receive } from '@causeway-aws/edge'
import { createHandler } from '@causeway-aws/handler'
import type { SQSEvent } from 'aws-lambda'
import { configuration } from './configuration.ts'
import { createNode } from './node.ts'

/** A node: gives each message of its edge to the processor that the message's type is routed to. */
export const handler = createHandler(
  { name: 'edge-trigger', configuration, clients: { node: createNode } },
  (event: SQSEvent, { config, clients, signal, deadline, logger }) =>
    receive(event, { ...clients.node, signal, deadline, logger }, config.routes.processor),
)
