import { queueUrlSchema } from '@causeway-aws/edge'
import { integer, text } from '@causeway-aws/handler'
import * as v from 'valibot'
import { routing } from './routing.ts'

/** The function's variables. */
export const configuration = {
  routes: routing,
  messageType: text({ example: 'order' }),
  concurrency: integer({ min: 1, default: 10 }),
  /** Without it a message that comes twice is run twice. */
  idempotencyTable: text({ example: 'causeway-orders-messages', default: '' }),
  /** Without it every message that fails is tried for ever. */
  deadLetterQueue: v.optional(queueUrlSchema),
  /** 0 is for ever. */
  maxAttempts: integer({ min: 0, default: 10 }),
  /** Lambda's own. */
  awsLambdaFunctionName: text({ default: 'edge-trigger' }),
}
