import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { type Clock, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type Backoff, fullJitter } from '../backoff.ts'
import { countSchema } from '../count.ts'
import { createChain } from './chain.ts'
import { lazyObjects } from './lazy-objects.ts'
import { type Line, mostRecords } from './object.ts'
import { type AuditEntry, auditEntrySchema, lineOf, nameSchema } from './record.ts'
import { placeEntries } from './store.ts'

/** Where the records of a node go, and how they are gathered. */
export interface AuditOptions {
  readonly bucket: string
  /** What every key begins with: nothing, or a path that ends in a slash. Default: nothing. */
  readonly prefix?: string
  /** The account that has to own the bucket, 12 digits: a bucket of that name in another account is refused. */
  readonly bucketOwner?: string
  /** The name of this node: `targetNode` of all its records. 1 to 256 visible characters. */
  readonly node: string
  /**
   * What the S3 client is made with when the first object is stored; the SDK's S3 client is loaded then, too. An audit
   * tries again by itself, so `maxAttempts` is 1 whatever is given. Give it time-outs (`clientDefaults` of
   * `@causeway-aws/handler`), which are per attempt: by itself the SDK waits for ever. Default: nothing.
   */
  readonly client?: S3ClientConfig
  /** How long the first record of an object waits for others, in milliseconds. Default: 100. */
  readonly flushAfter?: number
  /** The most records of an object, which does not wait for more; at most 10,000. Default: 1,000. */
  readonly maxRecords?: number
  /** How often an object is tried, the first time included. Default: 5. */
  readonly maxAttempts?: number
  /** How long to wait between attempts, in milliseconds. Default: `fullJitter()`. */
  readonly backoff?: Backoff
  /** Default: this machine's. */
  readonly clock?: Pick<Clock, 'now'>
}

/** The writing end of an audit. */
export interface Audit {
  /**
   * Adds a record, and resolves when the object that holds it has been accepted by S3: the message may be acknowledged
   * then, and not before.
   *
   * @throws {AuditError} when the object was not accepted.
   * @throws {InvalidOptions} naming the field that is not what it has to be. Nothing is written.
   */
  write(entry: AuditEntry): Promise<void>
  /**
   * Stores what was written so far without waiting for more, and resolves when all of it has been accepted.
   *
   * @throws {AuditError} when an object was not accepted.
   */
  flush(): Promise<void>
}

const optionsSchema = v.strictObject({
  ...placeEntries,
  node: nameSchema,
  client: v.optional(
    v.custom<S3ClientConfig>((client) => typeof client === 'object' && client !== null),
    {},
  ),
  flushAfter: v.optional(v.pipe(v.number('must be a number'), v.minValue(0, 'must not be negative')), 100),
  maxRecords: v.optional(v.pipe(countSchema, v.maxValue(mostRecords, `must be at most ${mostRecords}`)), 1_000),
  maxAttempts: v.optional(countSchema, 5),
  backoff: v.optional(
    v.custom<Backoff>((backoff) => typeof backoff === 'function', 'must be a function'),
    () => fullJitter(),
  ),
  clock: v.optional(
    v.custom<Pick<Clock, 'now'>>((clock) => typeof (clock as Clock)?.now === 'function', 'must be a clock'),
    systemClock,
  ),
})

/** The records that are gathered for one object. */
interface Batch {
  readonly lines: Line[]
  /** Ends the wait for more. */
  readonly close: () => void
  readonly accepted: Promise<void>
}

/**
 * Makes the writing end of an audit: records of what a node did with each message, in objects of a bucket. Those of a
 * short while go into one object; each object holds the hash of the one before it, so that none can be changed, taken
 * out or put in unnoticed (docs/audit.md in the repository). Make one for the life of the process, and write to it from
 * wherever messages are processed.
 *
 * The bucket should be versioned and have Object Lock with a default retention; `infra/audit.yaml` makes one.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { createAudit } from '@causeway-aws/edge'
 *
 * const audit = createAudit({ bucket: 'example-audit', bucketOwner: '111111111111', node: 'orders' })
 *
 * await audit.write({
 *   trackingId: '3a3116b330c347490ca64751cf2315bf',
 *   previousTrackingIds: [],
 *   sourceNode: 'AROAEXAMPLEEXAMPLEEXA',
 *   sourceSession: 'orders-sender',
 *   messageType: 'order',
 *   outcome: 'processed',
 *   attributes: { attempts: 1 },
 * })
 * ```
 */
export function createAudit(options: AuditOptions): Audit {
  const { node, client, flushAfter, maxRecords, ...settings } = parseOptions('createAudit', optionsSchema, options)
  const { clock } = settings
  const store = createChain({ ...settings, objects: lazyObjects(settings, client) })
  let open: Batch | undefined
  let last: Promise<unknown> = Promise.resolve()
  const unsettled = new Set<Promise<void>>()

  /** A batch takes records until its turn has come, so that there are the more in an object the longer S3 takes. */
  function openBatch(): Batch {
    const lines: Line[] = []
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, flushAfter)
    const close = () => {
      clearTimeout(timer)
      resolve()
    }
    const accepted = Promise.all([closed, last]).then(() => {
      if (open === batch) open = undefined
      return store(lines)
    })
    const batch: Batch = { lines, close, accepted }
    // Whoever wrote a record hears of a failure; the next object is stored all the same.
    last = accepted.catch(() => {}).finally(() => unsettled.delete(accepted))
    unsettled.add(accepted)
    return batch
  }

  return {
    write(entry) {
      try {
        const checked = parseOptions('audit.write', auditEntrySchema, entry)
        const text = lineOf(checked, new Date(clock.now()).toISOString(), node)
        open ??= openBatch()
        const { lines, close, accepted } = open
        lines.push({ trackingId: checked.trackingId, text })
        if (lines.length >= maxRecords) {
          open = undefined
          close()
        }
        return accepted
      } catch (error) {
        return Promise.reject(error)
      }
    },
    async flush() {
      open?.close()
      await Promise.all(unsettled)
    },
  }
}
