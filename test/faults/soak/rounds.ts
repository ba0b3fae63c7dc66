import type { FaultProxy } from '../proxy.ts'
import { repeatedBy, seconds, seed } from '../settings.ts'

/** Begins a round with each seed in turn until the time is over. A failure names the seed of its round. */
export async function rounds(run: (seed: number) => Promise<void>): Promise<void> {
  const end = performance.now() + seconds * 1_000
  for (let next = seed; next === seed || performance.now() < end; next += 1) {
    await run(next).catch((cause: unknown) => {
      throw new Error(`The round of seed ${next} failed. It comes first in: ${repeatedBy(next)}`, { cause })
    })
  }
}

/** Prints one line of counts. */
export function report(soak: string, counts: object, { injected }: FaultProxy): void {
  const named = (entries: Iterable<[string, number]>) => Array.from(entries, ([name, n]) => `${n} ${name}`).join(', ')
  process.stdout.write(`${soak}, from seed ${seed}: ${named(Object.entries(counts))}; faults: ${named(injected)}\n`)
}
