import type { Secret } from '@causeway-aws/auth'
import { createLargeBodies, type LargeBodies, queueUrlSchema } from '@causeway-aws/edge'
import { type ConfigurationEntry, clientDefaults, integer, json, secretReference, text } from '@causeway-aws/handler'
import * as v from 'valibot'
import type { RecordEncoding } from '../sinks/record-message.ts'
import { utcTime } from '../utc-time.ts'

const encoding: ConfigurationEntry<RecordEncoding> = v.pipe(
  v.string(),
  v.picklist(['text', 'base64', 'envelope']),
  v.description('text, base64 or envelope'),
  v.examples(['envelope']),
)

const start: ConfigurationEntry<'earliest' | 'latest' | Date> = v.pipe(
  v.string(),
  v.union(
    [v.picklist(['earliest', 'latest']), v.pipe(v.string(), v.transform(utcTime), v.date())],
    'must be earliest, latest or a time in UTC as 2026-11-22T12:00:00Z',
  ),
)

const place = v.strictObject({
  bucket: v.string(),
  prefix: v.string(),
  bucketOwner: v.string(),
  region: v.optional(v.string()),
})

/** `TARGET_BODIES`: where records go that are too large for the queue of the target. */
const targetBodies: ConfigurationEntry<LargeBodies> = json(
  v.pipe(
    place,
    v.description('the place of large bodies as JSON'),
    v.examples([{ bucket: 'orders-bodies', prefix: 'orders/', bucketOwner: '111111111111' }]),
    v.transform(({ region, ...where }) =>
      createLargeBodies({ ...where, client: { ...clientDefaults, ...(region !== undefined && { region }) } }),
    ),
  ),
)

/** What every reader is told, whatever it reads. */
export interface ReaderSettings {
  /** The queue of the edge that records are sent to. */
  readonly target: string
  readonly messageType: string
  readonly encoding: RecordEncoding
  /** Without it a record that is too large for the queue fails. */
  readonly targetBodies: LargeBodies | undefined
  readonly start: 'earliest' | 'latest' | Date
  /** Without it, '', the function reads as itself. */
  readonly roleArn: string
  readonly externalId: Secret | undefined
  /** Where the source is: of its clients. Without it, '', where the function is. */
  readonly sourceRegion: string
  /** Where records go that fail by themselves. Without it, '', reading stops before such a record. */
  readonly failures: string
  readonly failuresBucketOwner: string
  /** This and the next are for reading by work items; the mappings of AWS need neither. */
  readonly checkpointTable: string
  readonly workQueue: string | undefined
  /** How long a work item may take. */
  readonly drainSeconds: number
}

export const readerConfiguration: {
  readonly [Name in keyof ReaderSettings]: v.GenericSchema<string | undefined, ReaderSettings[Name]>
} = {
  target: queueUrlSchema,
  messageType: text({ example: 'order' }),
  encoding: v.optional(encoding, 'text'),
  targetBodies: v.optional(targetBodies),
  start: v.optional(start, 'earliest'),
  roleArn: text({ example: 'arn:aws:iam::222222222222:role/orders-reader', default: '' }),
  externalId: v.optional(secretReference()),
  sourceRegion: text({ example: 'eu-west-1', default: '' }),
  failures: text({ example: 's3://example-failures/orders/', default: '' }),
  failuresBucketOwner: text({ example: '111111111111', default: '' }),
  checkpointTable: text({ example: 'causeway-orders-checkpoints', default: '' }),
  workQueue: v.optional(queueUrlSchema),
  drainSeconds: integer({ min: 1, max: 840, default: 20 }),
}
