import { type ChainCheck, createChainCheck } from './chain-check.ts'
import type { Head } from './digest.ts'
import { type Entry, entriesUnder } from './entries.ts'
import type { AuditFinding } from './finding.ts'
import { chainNameOf, hoursLater, positionOf, recordsPrefix } from './layout.ts'
import { readAhead } from './read-ahead.ts'
import { readEntry } from './read-entry.ts'
import type { Store } from './store.ts'

/** How far some chains have come, and what is wrong with what is new of them. */
export interface Grown {
  readonly heads: readonly Head[]
  readonly findings: readonly AuditFinding[]
  /** How many objects were read. */
  readonly objects: number
}

/** A chain while it is read. Once something is wrong with it, its head stays before that. */
interface Chain {
  readonly check: ChainCheck
  head: Head | undefined
  broken: boolean
}

/** How many objects are read at a time. */
export const readsAtATime = 16

/**
 * Reads what is new of the chains of some hours: the objects after the head that a chain had in the last digest. Those
 * before it are not read again; that is for `verifyAudit`.
 */
export async function grownChains(store: Store, known: readonly Head[], from: string, to: string): Promise<Grown> {
  const chains = new Map<string, Chain>()
  for (const head of known) {
    if (head.hour < from || head.hour > to) continue
    const next = { ...head, sequence: head.sequence + 1 }
    chains.set(chainNameOf(head), { check: createChainCheck(store.prefix, next, head.hash), head, broken: false })
  }
  const findings: AuditFinding[] = []
  let objects = 0
  const isNew = (entry: Entry) => {
    const position = positionOf(store.prefix, entry.key)
    return position === undefined || position.sequence > (chains.get(chainNameOf(position))?.head?.sequence ?? -1)
  }
  for await (const read of readAhead(entriesOf(store, from, to, isNew), readsAtATime, (it) => readEntry(store, it))) {
    const { entry, position, scan } = read
    if (position === undefined) {
      findings.push({ kind: 'object-foreign', key: entry.key, message: 'no writer makes such a key' })
      continue
    }
    const name = chainNameOf(position)
    const first = { ...position, sequence: 0 }
    const chain = chains.get(name) ?? {
      check: createChainCheck(store.prefix, first, null),
      head: undefined,
      broken: false,
    }
    chains.set(name, chain)
    const found = chain.check.check({ ...read, position })
    findings.push(...found)
    objects += 1
    chain.broken ||= found.length > 0
    if (!chain.broken && scan?.hash !== undefined) chain.head = { ...position, hash: scan.hash }
  }
  return { heads: [...chains.values()].flatMap(({ head }) => head ?? []), findings, objects }
}

async function* entriesOf(
  store: Store,
  from: string,
  to: string,
  isNew: (entry: Entry) => boolean,
): AsyncGenerator<Entry> {
  for (let hour = from; hour <= to; hour = hoursLater(hour, 1)) {
    for await (const entry of entriesUnder(store, `${recordsPrefix(store.prefix)}${hour}/`))
      if (isNew(entry)) yield entry
  }
}
