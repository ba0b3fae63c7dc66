import { KeyObject } from 'node:crypto'
import { type Clock, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type ChainCheck, createChainCheck } from './chain-check.ts'
import { lateness } from './digest.ts'
import { checkedDigests } from './digest-walk.ts'
import { type Entry, entriesUnder } from './entries.ts'
import type { AuditFinding } from './finding.ts'
import { readsAtATime } from './grown-chains.ts'
import { lastSequence } from './last-digest.ts'
import { chainNameOf, digestsPrefix, hourOf, hoursLater, type Position, recordsPrefix, startOf } from './layout.ts'
import { readAhead } from './read-ahead.ts'
import { type ReadEntry, readEntry } from './read-entry.ts'
import { canSign } from './signing-key.ts'
import { type AuditStore, type Store, storeEntries } from './store.ts'
import { createVouchedHeads, type VouchedChain } from './vouched-heads.ts'

/** Which audit is verified, and whose signature is believed. */
export interface VerifyOptions extends AuditStore {
  /** Public keys of those who may sign digests: that of the KMS key, and of the ones that it replaced. */
  readonly publicKeys: readonly KeyObject[]
  /** Only what was written in the hour of this moment or later. Default: everything. */
  readonly from?: Date
  /**
   * Only what was written in the hour of this moment or earlier. Default: everything. Either a digest was made so late
   * that it has all of it, or the newest one is not older than an hour; else the newest ones, and what they had, could
   * have been removed.
   */
  readonly to?: Date
  /** Called after each object with what was verified so far, and once at the end. */
  readonly onProgress?: (totals: AuditTotals) => void
  /** Default: this machine's. */
  readonly clock?: Pick<Clock, 'now'>
}

/** What was verified. */
export interface AuditTotals {
  /** Those that a key which was given has signed. */
  readonly digests: number
  /** Those that none of them has. */
  readonly strangeDigests: number
  readonly objects: number
  readonly records: number
  /** Those of the records that no digest covers yet: cut off, they would not be missed. */
  readonly notYetDigested: number
  readonly findings: number
  /** When the newest digest was made, ISO 8601. */
  readonly newestDigest?: string
}

const optionsSchema = v.strictObject({
  ...storeEntries,
  publicKeys: v.pipe(
    v.array(
      v.custom<KeyObject>(
        (key) => key instanceof KeyObject && key.type === 'public' && canSign(key),
        'must be a public key on P-256',
      ),
      'must be a list of public keys',
    ),
    v.minLength(1, 'must have a public key'),
  ),
  from: v.optional(v.date('must be a date')),
  to: v.optional(v.date('must be a date')),
  onProgress: v.optional(
    v.custom<(totals: AuditTotals) => void>((value) => typeof value === 'function', 'must be a function'),
    () => () => {},
  ),
  clock: v.optional(
    v.custom<Pick<Clock, 'now'>>((clock) => typeof (clock as Clock)?.now === 'function', 'must be a clock'),
    systemClock,
  ),
})

/** Digests are written far more often, also when nothing was recorded. */
const oldestDigest = 3_600_000

/** The clocks of S3 and of who writes a digest need not agree. */
const clockSkew = 600_000

/** The chain whose objects are read. */
interface Chain {
  readonly name: string
  readonly check: ChainCheck
  readonly vouched: VouchedChain | undefined
  /** Whether it was said that it has objects after the last one that a digest has. */
  isReported: boolean
}

/**
 * Verifies an audit: every digest's signature and place, every object's place in its chain, every record of it. What it
 * yields is wrong; when it yields nothing, all that a digest has is as it was written. Objects are read as streams, so
 * it takes the same memory for any audit.
 *
 * Records that no digest has yet are checked too, but whoever may delete objects could cut the last ones off unnoticed.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { createPublicKey } from 'node:crypto'
 * import { readFile } from 'node:fs/promises'
 * import { S3Client } from '@aws-sdk/client-s3'
 * import { verifyAudit } from '@causeway-aws/edge/audit'
 *
 * const findings = verifyAudit({
 *   client: new S3Client(),
 *   bucket: 'example-audit',
 *   publicKeys: [createPublicKey(await readFile('audit.pem'))],
 *   from: new Date('2026-11-01'),
 * })
 * for await (const { kind, key, message } of findings) process.stdout.write(`${kind}  ${key}  ${message}\n`)
 * ```
 */
export async function* verifyAudit(options: VerifyOptions): AsyncGenerator<AuditFinding, void> {
  const { publicKeys, from, to, onProgress, clock, ...store } = parseOptions('verifyAudit', optionsSchema, options)
  const now = clock.now()
  const first = from ? hourOf(from.getTime()) : ''
  const last = to ? hourOf(to.getTime()) : '~'
  // Before the records are listed: a later digest may have what that list has not.
  const end = await lastSequence(store)
  const stored = from ? startOf(first) - clockSkew : 0
  const digests = checkedDigests(store, publicKeys, { hour: first, stored, end })
  const heads = createVouchedHeads(digests, first)
  let objects = 0
  let records = 0
  let notYetDigested = 0
  let findings = 0
  let chain: Chain | undefined

  function progress(): void {
    const { digests, strangeDigests, newest } = heads
    const totals = { digests, strangeDigests, objects, records, notYetDigested, findings }
    onProgress({ ...totals, ...(newest !== undefined && { newestDigest: newest }) })
  }

  function* found(some: Iterable<AuditFinding>): Generator<AuditFinding> {
    for (const finding of some) {
      findings += 1
      yield finding
    }
  }

  /** Ends the chain that was read, and names those that were to come before the next and did not. */
  function* endChains(next?: string): Generator<AuditFinding> {
    if (chain) yield* chain.check.end(chain.vouched?.last ?? -1)
    for (const vouched of heads.takeBefore(next)) {
      if (vouched.hour > last) continue
      yield* createChainCheck(store.prefix, { ...vouched, sequence: 0 }, null).end(vouched.last)
    }
  }

  function begin(position: Position): Chain {
    const check = createChainCheck(store.prefix, { ...position, sequence: 0 }, null)
    return { name: chainNameOf(position), check, vouched: heads.take(position), isReported: false }
  }

  /** What is wrong with an object that no digest has, for that reason. */
  function* uncovered({ entry, scan }: ReadEntry, { hour, sequence }: Position, chain: Chain): Generator<AuditFinding> {
    const { key } = entry
    if (hour < heads.closedBefore) {
      if (!chain.isReported) {
        const message =
          'no digest has it, nor what follows it, though its hour was digested: it was put there later, or follows on what was changed'
        yield { kind: 'object-not-digested', key, sequence, message }
      }
      chain.isReported = true
    } else if (hour > hourOf(now + clockSkew)) {
      yield { kind: 'object-foreign', key, sequence, message: 'its hour is still to come' }
    } else {
      notYetDigested += scan?.marks.length ?? 0
    }
  }

  /** Why there is no digest to go by. */
  function whyNone(strange: number): string {
    const key = publicKeys.length === 1 ? 'the key that was given' : 'a key that was given'
    if (strange === 1) return `the only digest is not signed by ${key}`
    if (strange > 1) return `none of the ${strange} digests is signed by ${key}`
    if (end >= 0) return 'there is no digest of that time: none was written since, or those were removed'
    if (objects > 0) return 'there is no digest'
    return 'there is neither a digest nor a record: an audit is in another bucket, or under another prefix'
  }

  /** What is wrong when no digest closes the last hour. */
  function* lateDigests(): Generator<AuditFinding> {
    const { closedBefore, newest, strangeDigests } = heads
    if (closedBefore > last) return
    const key = digestsPrefix(store.prefix)
    if (newest === undefined) yield { kind: 'digest-late', key, message: whyNone(strangeDigests) }
    else if (Date.parse(newest) < now - oldestDigest) {
      const message = `the newest digest is of ${newest}: none was written since, or those were removed`
      yield { kind: 'digest-late', key, message }
    } else if (to && startOf(hoursLater(last, 1)) + lateness < now - oldestDigest) {
      const message = `the digests go up to the hour ${closedBefore}: what is later has none, or those were removed`
      yield { kind: 'digest-late', key, message }
    }
  }

  const top = recordsPrefix(store.prefix)
  const all = entriesUnder(store, top, first === '' ? undefined : `${top}${first}`)
  for await (const read of readAhead(until(all, store, last), readsAtATime, (entry) => readEntry(store, entry))) {
    const { entry, position, scan } = read
    objects += 1
    records += scan?.marks.length ?? 0
    if (position === undefined) {
      yield* found([{ kind: 'object-foreign', key: entry.key, message: 'no writer makes such a key' }])
      continue
    }
    if (chain?.name !== chainNameOf(position)) {
      for await (const finding of heads.readThrough(position.hour)) yield* found([finding])
      yield* found(endChains(chainNameOf(position)))
      chain = begin(position)
    }
    yield* found(chain.check.check({ ...read, position }, chain.vouched?.bySequence.get(position.sequence)))
    if (position.sequence > (chain.vouched?.last ?? -1)) yield* found(uncovered(read, position, chain))
    progress()
  }
  const rest = to ? heads.readThrough(last) : heads.readRest()
  for await (const finding of rest) yield* found([finding])
  yield* found(endChains())
  yield* found(lateDigests())
  progress()
}

/** The entries up to the last hour, which are the first in order. */
async function* until(entries: AsyncIterable<Entry>, { prefix }: Store, last: string): AsyncGenerator<Entry> {
  for await (const entry of entries) {
    if (entry.key.slice(recordsPrefix(prefix).length) > `${last}/~`) return
    yield entry
  }
}
