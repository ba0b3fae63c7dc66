import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type Entry, entriesUnder } from './entries.ts'
import { readsAtATime } from './grown-chains.ts'
import { hourOf, positionOf, recordsPrefix } from './layout.ts'
import { readAhead } from './read-ahead.ts'
import { type AuditRecord, trackingIdSchema } from './record.ts'
import { scanObject } from './scan.ts'
import { type AuditStore, type Store, storeEntries } from './store.ts'
import { type TracedMessage, type TracedRecord, treesOf } from './trace-tree.ts'

/** An object of an audit that could not be read, or not all of it. */
export interface UnreadObject {
  readonly bucket: string
  readonly key: string
  /** Why: `it cannot be read: unexpected end of file`. */
  readonly reason: string
}

/** Where a message is looked for. */
export interface TraceOptions {
  /** The audits of all nodes that it may have passed, whoever's they are. */
  readonly stores: readonly AuditStore[]
  /** Only what was written in the hour of this moment or later. Default: everything, which may be a lot to read. */
  readonly from?: Date
  /** Only what was written in the hour of this moment or earlier. Default: everything. */
  readonly to?: Date
  /** Called after each object with how many were read so far. */
  readonly onProgress?: (objects: number) => void
  /** Called once for each object whose records are not all known, so that what is found may not be the whole way. */
  readonly onUnread?: (object: UnreadObject) => void
}

const optionsSchema = v.strictObject({
  trackingId: trackingIdSchema,
  stores: v.pipe(v.array(v.strictObject(storeEntries), 'must be a list'), v.minLength(1, 'must have an audit')),
  from: v.optional(v.date('must be a date')),
  to: v.optional(v.date('must be a date')),
  onProgress: v.optional(
    v.custom<(objects: number) => void>((value) => typeof value === 'function', 'must be a function'),
    () => () => {},
  ),
  onUnread: v.optional(
    v.custom<(object: UnreadObject) => void>((value) => typeof value === 'function', 'must be a function'),
    () => () => {},
  ),
})

/**
 * Finds the way of a message: its own records, those of the messages that it came from, and of all that came from it.
 * An audit has no index: every object of the time is read, and read again when the message came from another.
 *
 * It takes the records as they are. Whether they are as they were written is for `verifyAudit` to say.
 *
 * @returns The messages that came from no other that was found, each with those that came from it. Empty when there is
 * no record of the message.
 * @throws {InvalidOptions} naming the option. Rejects with the SDK's error when S3 hands out none of a store's objects: then
 * whoever asks may not read them, and nothing is known of the message.
 *
 * @example
 * ```ts
 * import { S3Client } from '@aws-sdk/client-s3'
 * import { traceAudit } from '@causeway-aws/edge/audit'
 *
 * const stores = [{ client: new S3Client(), bucket: 'example-audit' }]
 * const from = new Date(Date.now() - 3_600_000)
 * for (const { trackingId, records } of await traceAudit('3a3116b330c347490ca64751cf2315bf', { stores, from })) {
 *   process.stdout.write(`${trackingId} ${records.map(({ outcome }) => outcome).join()}\n`)
 * }
 * ```
 */
export async function traceAudit(trackingId: string, options: TraceOptions): Promise<TracedMessage[]> {
  const { stores, from, to, onProgress, onUnread } = parseOptions('traceAudit', optionsSchema, {
    ...options,
    trackingId,
  })
  const first = from ? hourOf(from.getTime()) : ''
  const last = to ? hourOf(to.getTime()) : '~'
  let objects = 0
  const unread = new Set<string>()

  function sayUnread(object: UnreadObject): void {
    const place = `${object.bucket}/${object.key}`
    if (unread.has(place)) return
    unread.add(place)
    onUnread(object)
  }

  async function recordsThat(isWanted: (record: AuditRecord) => boolean): Promise<TracedRecord[]> {
    const wanted: TracedRecord[] = []
    for (const store of stores) {
      const { bucket } = store
      const refused: { object: UnreadObject; refusal: unknown }[] = []
      let handedOut = 0
      // As it was, where it was overwritten or deleted.
      const read = async ({ key, versions, firstVersion: version }: Entry) => {
        const options = { version: versions > 1 ? version : undefined, pick: isWanted }
        return { key, ...(await scanObject(store, key, options)) }
      }
      for await (const scan of readAhead(objectsOf(store, first, last), readsAtATime, read)) {
        const { key, picked, fault, refusal } = scan
        wanted.push(...picked.map((record) => ({ ...record, bucket, key })))
        if (refusal !== undefined) refused.push({ object: { bucket, key, reason: fault ?? '' }, refusal })
        else {
          handedOut += 1
          if (fault !== undefined) sayUnread({ bucket, key, reason: fault })
        }
        objects += 1
        onProgress(objects)
      }
      // Of some, they were stored so; of all, it is about who asks.
      if (handedOut === 0 && refused[0]) throw refused[0].refusal
      for (const { object } of refused) sayUnread(object)
    }
    return wanted
  }

  const related = await recordsThat(
    (record) => record.trackingId === trackingId || record.previousTrackingIds.includes(trackingId),
  )
  // What came from the message names it among its previous ones, after those that the message itself came from.
  const ancestors = new Set(related.flatMap((record) => before(trackingId, record)))
  if (ancestors.size > 0) related.push(...(await recordsThat((record) => ancestors.has(record.trackingId))))
  return treesOf(related)
}

function before(trackingId: string, record: AuditRecord): readonly string[] {
  if (record.trackingId === trackingId) return record.previousTrackingIds
  return record.previousTrackingIds.slice(0, record.previousTrackingIds.indexOf(trackingId))
}

async function* objectsOf(store: Store, first: string, last: string): AsyncGenerator<Entry> {
  const prefix = recordsPrefix(store.prefix)
  for await (const entry of entriesUnder(store, prefix, first === '' ? undefined : `${prefix}${first}`)) {
    const position = positionOf(store.prefix, entry.key)
    if (position !== undefined && position.hour > last) return
    if (position !== undefined && entry.firstVersion !== undefined) yield entry
  }
}
