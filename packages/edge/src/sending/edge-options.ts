import type { SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'
import { type Backoff, fullJitter } from '../backoff.ts'
import { countSchema } from '../count.ts'
import { sqsClientSchema } from '../sqs-client.ts'

/** How an edge sends, to whichever queue. */
export interface SendingOptions {
  /**
   * What the requests are made with. Make it with `maxAttempts: 1`: an edge tries again by itself, and each of its
   * attempts is as many as the client makes. Its time-outs (`clientDefaults` of `@causeway-aws/handler`) are per attempt.
   */
  readonly client: SQSClient
  /**
   * The largest message, and the largest batch, in bytes as SQS counts them. Give the queue's own limit where that is
   * lower: queues made before August 2025 often have 262,144. Default: 1,048,576 (1 MiB), the most that SQS takes.
   */
  readonly maxBytes?: number
  /**
   * A body of more bytes is sent compressed where that is shorter. Every receiver has to know of it: a node of
   * EchoStream does not. Default: none is.
   */
  readonly compressOver?: number | undefined
  /** How many requests may be in flight at a time. Default: 10. */
  readonly concurrency?: number
  /** How often a message is tried, the first time included. Default: 6. */
  readonly maxAttempts?: number
  /**
   * For how many milliseconds a message is tried again after its first attempt began; and a request that takes longer, and
   * fails, is the last of its send. Default: for ever, up to `maxAttempts`.
   */
  readonly patience?: number
  /** How long to wait between attempts, in milliseconds. Default: `fullJitter()`, which adds up to 3,100 at the most. */
  readonly backoff?: Backoff
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html ("Message size")
export const maxSqsBytes = 1_048_576

/** The schema of each of them, for the schemas of all options that sending is among. */
export const sendingEntries: {
  readonly client: v.GenericSchema<SQSClient>
  readonly maxBytes: v.GenericSchema<number | undefined, number>
  readonly compressOver: v.GenericSchema<number | undefined>
  readonly concurrency: v.GenericSchema<number | undefined, number>
  readonly maxAttempts: v.GenericSchema<number | undefined, number>
  readonly patience: v.GenericSchema<number | undefined, number>
  readonly backoff: v.GenericSchema<Backoff | undefined, Backoff>
} = {
  client: sqsClientSchema,
  maxBytes: v.optional(v.pipe(countSchema, v.maxValue(maxSqsBytes, 'must be at most 1048576')), maxSqsBytes),
  compressOver: v.optional(countSchema),
  concurrency: v.optional(countSchema, 10),
  maxAttempts: v.optional(countSchema, 6),
  patience: v.optional(countSchema, Number.MAX_SAFE_INTEGER),
  backoff: v.optional(
    v.custom<Backoff>((backoff) => typeof backoff === 'function', 'must be a function'),
    () => fullJitter(),
  ),
}
