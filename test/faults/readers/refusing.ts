import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadOptions } from '@causeway-aws/readers'
import { fraction } from '../seeded.ts'
import type { Given, Numbered } from './given.ts'

/** How a reader works under faults. */
export interface Work {
  readonly seed: number
  /** The file of what it is given. */
  readonly given: string
  /** How long a batch takes at most, in milliseconds. */
  readonly takes: number
}

/** What is done with a batch takes its time, and is refused at random: before it has any effect, or after that. */
export function refusing({ seed, takes }: Work, given: Given): Pick<ReadOptions, 'onBatch' | 'backoff'> {
  const tries = new Map<string, number>()
  return {
    backoff: () => 10,
    async onBatch(records, { partition }) {
      const { key, number }: Numbered = JSON.parse(Buffer.from(records[0]?.data ?? []).toString())
      const what = `${key} ${number} ${records.length}`
      const nth = (tries.get(what) ?? 0) + 1
      tries.set(what, nth)
      const share = fraction(`${seed} ${what} ${nth}`)
      await sleep(takes * share)
      if (share < 0.05) throw new Error('refused')
      given.records(partition.id, records)
      if (share > 0.95) throw new Error('refused after it was done')
      await sleep(takes * (1 - share))
    },
  }
}
