import type { KeyObject } from 'node:crypto'
import { type Digest, isSigned } from './digest.ts'
import { type Entry, entriesUnder } from './entries.ts'
import type { AuditFinding, AuditFindingKind } from './finding.ts'
import { readDigest } from './last-digest.ts'
import { digestKey, digestSequenceOf, digestsPrefix } from './layout.ts'
import { readAhead } from './read-ahead.ts'
import { refusalOf } from './refusal.ts'
import type { Store } from './store.ts'

/** A key under `digests/`, and what is wrong with it. */
export interface CheckedDigest {
  readonly key: string
  readonly findings: readonly AuditFinding[]
  /** What it says, when that may be believed. */
  readonly digest?: Digest
}

/** The digest that was checked last. */
interface Previous {
  readonly hash: string
  readonly key: string
  readonly blamed: boolean
}

/** Which digests are checked. */
interface Range {
  /** What they say of earlier hours is not needed, and need not be there any more. Empty: all of them have to be. */
  readonly hour: string
  /** In milliseconds since 1970. Of the digests that were stored before, only the keys are checked. */
  readonly stored: number
  /** The number of the last one. Those that are written meanwhile are left for the next time. */
  readonly end: number
}

const readsAtATime = 4

/** Reads and checks the digests of an audit in their order. One that was overwritten or deleted is read as it was. */
export async function* checkedDigests(
  store: Store,
  publicKeys: readonly KeyObject[],
  range: Range,
): AsyncGenerator<CheckedDigest> {
  const read = async (entry: Entry) => {
    const { key, versions, firstVersion, stored } = entry
    const sequence = digestSequenceOf(store.prefix, key)
    const isInRange = sequence !== undefined && sequence <= range.end && stored >= range.stored
    const isRead = isInRange && firstVersion !== undefined
    try {
      const signed = isRead ? await readDigest(store, key, versions > 1 ? firstVersion : undefined) : undefined
      return { entry, sequence, isRead, signed, fault: 'it is no digest that a writer made' }
    } catch (error) {
      const fault = refusalOf(error)
      // Who may not read the audit is told so once, and not about each object.
      if (fault === undefined || (error as Error).name === 'AccessDenied') throw error
      return { entry, sequence, isRead, signed: undefined, fault }
    }
  }
  let next = 0
  let previous: Previous | undefined
  /** Those that are gone since the last one that is there. */
  let gone: AuditFinding[] = []
  for await (const { entry, sequence, isRead, signed, fault } of readAhead(
    entriesUnder(store, digestsPrefix(store.prefix)),
    readsAtATime,
    read,
  )) {
    const { key, versions, deleted } = entry
    if (sequence === undefined) {
      yield { key, findings: [{ kind: 'object-foreign', key, message: 'no writer makes such a key' }] }
      continue
    }
    if (sequence > range.end) continue
    const findings: AuditFinding[] = []
    const find = (kind: AuditFindingKind, message: string) => void findings.push({ kind, key, sequence, message })
    if (sequence > next) {
      const others = sequence - next > 1 ? `, and so are those after it up to ${sequence - 1}` : ''
      const missing = digestKey(store.prefix, next)
      gone.push({ kind: 'digest-removed', key: missing, sequence: next, message: `it is not there${others}` })
      previous = undefined
    }
    next = sequence + 1
    if (deleted) gone.push({ kind: 'digest-removed', key, sequence, message: 'it was deleted' })
    else {
      // One that begins with an earlier hour says again what those before it said of the hours that are asked for.
      const begins = isRead ? signed?.digest.from : ''
      if (begins === undefined || begins >= range.hour) findings.push(...gone)
      gone = []
      if (versions > 1) find('digest-overwritten', `it has ${versions} versions, and should have one`)
    }
    if (!isRead || signed === undefined) {
      if (isRead) find('digest-unreadable', fault)
      previous = undefined
      yield { key, findings }
      continue
    }
    const { digest, hash } = signed
    const isBelieved = isSigned(signed, publicKeys)
    if (!isBelieved) find('digest-signature', 'no key that was given has signed it')
    const isHere = digest.bucket === store.bucket && digest.prefix === store.prefix && digest.sequence === sequence
    if (!isHere) find('digest-misplaced', `it is digest ${digest.sequence} of s3://${digest.bucket}/${digest.prefix}`)
    if (isHere && sequence === 0 && digest.previousHash !== null) find('digest-changed', 'it is not the first one')
    if (isHere && isBelieved && previous && !previous.blamed && previous.hash !== digest.previousHash) {
      const message = 'it is not what the digest after it was made to follow on'
      findings.push({ kind: 'digest-changed', key: previous.key, sequence: sequence - 1, message })
    }
    previous = { hash, key, blamed: !isBelieved || !isHere }
    yield { key, findings, ...(isBelieved && isHere && { digest }) }
  }
  yield { key: digestsPrefix(store.prefix), findings: gone }
}
