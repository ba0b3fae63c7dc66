import { receive } from '@causeway-aws/edge'
import { createHandler, integer, text } from '@causeway-aws/handler'
import type { SQSEvent } from 'aws-lambda'
import { process } from './process.ts'

/** Runs `process` on each message of an edge. */
export const handler = createHandler(
  {
    name: 'kinesis-reader',
    configuration: { messageType: text({ example: 'order' }), concurrency: integer({ min: 1, default: 10 }) },
  },
  (event: SQSEvent, { config: { messageType, concurrency }, signal, logger }) =>
    receive(event, { messageType, concurrency, signal, logger }, process),
)
