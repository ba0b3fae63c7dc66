import type { FaultProxy } from '../proxy.ts'
import { repeatedBy, seconds, seed } from '../settings.ts'

/** Begins a round with each seed in turn until the time is over. */
export async function rounds(run: (seed: number) => Promise<void>): Promise<void> {
  const end = performance.now() + seconds * 1_000
  for (let next = seed; next === seed || performance.now() < end; next += 1) await round(next, run)
}

/** One round, whose failure names its seed. */
export async function round(seed: number, run: (seed: number) => Promise<void>): Promise<void> {
  await run(seed).catch((cause: unknown) => {
    throw new Error(`The round of seed ${seed} failed. It comes first in: ${repeatedBy(seed)}`, { cause })
  })
}

/** Prints one line of counts. */
export function report(soak: string, counts: object, { injected }: FaultProxy): void {
  const named = (entries: Iterable<[string, number]>) => Array.from(entries, ([name, n]) => `${n} ${name}`).join(', ')
  process.stdout.write(`${soak}, from seed ${seed}: ${named(Object.entries(counts))}; faults: ${named(injected)}\n`)
}
