import type { AuditFinding, AuditFindingKind } from './finding.ts'
import { type Position, recordsKey } from './layout.ts'
import type { ReadEntry } from './read-entry.ts'
import { changedRecords } from './records.ts'

/** What a digest says about an object. */
export interface Vouched {
  readonly hash: string
  /** The digest's key. */
  readonly digest: string
}

/** The object that was checked last. */
interface Previous {
  readonly key: string
  readonly hash: string | null
  /** Whether a digest says so, or what it follows on is to be believed anyway. */
  readonly vouched: boolean
  /** Whether something was found about it. */
  readonly blamed: boolean
}

/** Checks the objects of one chain, which are given to it one after another. */
export interface ChainCheck {
  /** What is wrong with an object, and with those that should have come before it. */
  check(object: ReadEntry & { position: Position }, vouched?: Vouched): AuditFinding[]
  /** What is wrong with a chain that ends here and has to go on to a number. */
  end(last: number): AuditFinding[]
}

/**
 * @param chain Which chain it is, and the number of the first object that will be given.
 * @param previousHash The hash of the object before that: `null` for the first of a chain.
 */
export function createChainCheck(prefix: string, chain: Position, previousHash: string | null): ChainCheck {
  let next = chain.sequence
  let previous: Previous | undefined = { key: '', hash: previousHash, vouched: true, blamed: false }

  function* gap(end: number): Generator<AuditFinding> {
    if (end <= next) return
    const key = recordsKey(prefix, { ...chain, sequence: next })
    const others = end - next > 1 ? `, and so are those after it up to ${end - 1}` : ''
    yield { kind: 'object-removed', key, sequence: next, message: `it is not there${others}` }
    previous = undefined
  }

  function* faults({ entry, position, scan, original }: ReadEntry & { position: Position }, vouched?: Vouched) {
    const { key, versions, deleted } = entry
    const { sequence } = position
    const finding = (kind: AuditFindingKind, message: string): AuditFinding => ({ kind, key, sequence, message })
    const named = <Found extends object>(found: Found) => ({ key, sequence, ...found })
    if (deleted) yield finding('object-removed', 'it was deleted')
    if (scan === undefined) return
    if (!deleted && versions > 1)
      yield finding('object-overwritten', `it has ${versions} versions, and should have one`)
    if (original?.header) yield* [...changedRecords(original.header.records, scan.marks)].map(named)
    if (scan.fault !== undefined) yield finding('object-unreadable', scan.fault)
    if (scan.hash !== undefined && vouched !== undefined && vouched.hash !== scan.hash) {
      yield finding('object-changed', `it, or one before it in its chain, is not what ${vouched.digest} has signed`)
    }
    const { header } = scan
    if (header === undefined) return
    if (header.hour !== position.hour || header.chainId !== position.chainId || header.sequence !== sequence) {
      yield finding('object-misplaced', `it belongs under ${recordsKey(prefix, header)}`)
      return
    }
    if (!original?.header) yield* [...changedRecords(header.records, scan.marks)].map(named)
    if (previous === undefined || previous.hash === header.previousHash) return
    if (previous.vouched) yield finding('object-changed', 'it does not follow on the object before it')
    else if (!previous.blamed) {
      const message = 'it is not what the object after it was made to follow on'
      yield { kind: 'object-changed' as const, key: previous.key, sequence: sequence - 1, message }
    }
  }

  return {
    check(object, vouched) {
      const { entry, position, scan } = object
      const findings = [...gap(position.sequence)]
      const found = [...faults(object, vouched)]
      next = position.sequence + 1
      const { key } = entry
      previous = undefined
      if (scan?.hash !== undefined) {
        const { hash } = scan
        previous = { key, hash, vouched: vouched?.hash === hash, blamed: found.some((finding) => finding.key === key) }
      }
      return [...findings, ...found]
    },
    end: (last) => [...gap(last + 1)],
  }
}
