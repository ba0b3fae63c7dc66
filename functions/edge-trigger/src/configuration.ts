import { queueUrlSchema } from '@causeway-aws/edge'
import { integer, text } from '@causeway-aws/handler'
import * as v from 'valibot'
import { bodies, targetBodies } from './bodies.ts'
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
  /** The largest message, and batch, that the targets take, in bytes. */
  maxBytes: integer({ min: 1_024, max: 1_048_576, default: 1_048_576 }),
  /** Without it a message whose body is in S3 fails. */
  bodies: v.optional(bodies),
  /** A body that is too large for a target which is not here fails its message. */
  targetBodies: v.optional(targetBodies, '{}'),
  /** Without it nothing is recorded. */
  auditBucket: text({ example: 'causeway-audit-111111111111-eu-west-1', default: '' }),
  auditBucketOwner: text({ example: '111111111111', default: '' }),
  /** By which the node remembers its messages, and is named in the audit. */
  nodeName: text({ default: 'edge-trigger' }),
}
