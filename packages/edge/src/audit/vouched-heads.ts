import type { Vouched } from './chain-check.ts'
import { openSince } from './digest.ts'
import type { CheckedDigest } from './digest-walk.ts'
import type { AuditFinding } from './finding.ts'
import { chainNameOf, type Position } from './layout.ts'

/** What digests say about one chain. */
export interface VouchedChain extends Omit<Position, 'sequence'> {
  readonly bySequence: Map<number, Vouched>
  /** The highest number that a digest has. */
  last: number
}

/** What digests say about the chains of each hour, read as far as it takes. */
export interface VouchedHeads {
  /** Reads digests until no later one can say more about an hour, or there are no more. */
  readThrough(hour: string): AsyncGenerator<AuditFinding>
  /** Reads those that are left. */
  readRest(): AsyncGenerator<AuditFinding>
  /** What they say about a chain, once: what is not taken was not found in the bucket. */
  take(chain: Position): VouchedChain | undefined
  /** The chains that should have come before a place, in order; all, without one. */
  takeBefore(place?: string): VouchedChain[]
  /** The hours before this one are closed: what is of them and in no digest will never be in one. */
  readonly closedBefore: string
  readonly digests: number
  /** How many no key that was given has signed. */
  readonly strangeDigests: number
  /** When the newest digest was made, ISO 8601. */
  readonly newest: string | undefined
}

/** @param from Heads of chains before this hour are left out. */
export function createVouchedHeads(walk: AsyncGenerator<CheckedDigest>, from: string): VouchedHeads {
  const chains = new Map<string, VouchedChain>()
  let closedBefore = ''
  let digests = 0
  let strangeDigests = 0
  let newest: string | undefined

  async function* readWhile(needed: () => boolean): AsyncGenerator<AuditFinding> {
    while (needed()) {
      const { done, value } = await walk.next()
      if (done) return
      yield* value.findings
      if (value.findings.some(({ kind }) => kind === 'digest-signature')) strangeDigests += 1
      if (value.digest) add(value.key, value.digest)
    }
  }

  function add(key: string, digest: NonNullable<CheckedDigest['digest']>): void {
    for (const { hour, chainId, sequence, hash } of digest.heads) {
      if (hour < from) continue
      const name = chainNameOf({ hour, chainId })
      const chain = chains.get(name) ?? { hour, chainId, bySequence: new Map(), last: -1 }
      chain.bySequence.set(sequence, { hash, digest: key })
      chain.last = Math.max(chain.last, sequence)
      chains.set(name, chain)
    }
    closedBefore = openSince(digest)
    newest = digest.datetime
    digests += 1
  }

  return {
    readThrough: (hour) => readWhile(() => closedBefore <= hour),
    readRest: () => readWhile(() => true),
    take(position) {
      const name = chainNameOf(position)
      const chain = chains.get(name)
      chains.delete(name)
      return chain
    },
    takeBefore(place) {
      const names = [...chains.keys()].filter((name) => place === undefined || name < place).sort()
      return names.flatMap((name) => {
        const chain = chains.get(name)
        chains.delete(name)
        return chain ?? []
      })
    },
    get closedBefore() {
      return closedBefore
    },
    get digests() {
      return digests
    },
    get strangeDigests() {
      return strangeDigests
    },
    get newest() {
      return newest
    },
  }
}
