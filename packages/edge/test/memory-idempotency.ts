import { randomUUID } from 'node:crypto'
import { type AuditOutcome, type Claim, type Claiming, ClaimLostError, type Idempotency } from '../src/index.ts'

interface Entry {
  state: 'done' | 'running' | 'failed'
  until: number
  token: string
  attempts: number
  reason: string | undefined
  as: AuditOutcome
}

/** What `idempotencyTable` keeps in DynamoDB, in memory. */
export function memoryIdempotency(): Idempotency & { readonly entries: Map<string, Entry> } {
  const entries = new Map<string, Entry>()

  function end({ key, token }: Claim, change: Partial<Entry>): void {
    const entry = entries.get(key)
    if (entry?.token !== token) throw new ClaimLostError()
    Object.assign(entry, change)
  }

  return {
    entries,
    async claim(key, until): Promise<Claiming> {
      const held = entries.get(key)
      if (held?.state === 'done') return { state: 'done', as: held.as }
      if (held?.state === 'running' && held.until >= Date.now()) return { state: 'running', until: held.until }
      const token = randomUUID()
      const attempts = held?.attempts ?? 0
      entries.set(key, { state: 'running', until, token, attempts, reason: held?.reason, as: 'processed' })
      const cutOff = held?.state === 'running'
      return { state: 'claimed', claim: { key, token, attempts: attempts + 1, cutOff, lastReason: held?.reason } }
    },
    complete: async (claim, as) => end(claim, { state: 'done', as }),
    count: async (claim) => end(claim, { attempts: claim.attempts }),
    fail: async (claim, reason) => end(claim, { state: 'failed', attempts: claim.attempts, reason }),
    release: async (claim) => end(claim, { state: 'failed', attempts: claim.attempts - 1 }),
  }
}
