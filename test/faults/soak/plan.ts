import fc from 'fast-check'
import type { Fault } from '../proxy.ts'
import type { Rate } from '../seeded.ts'

/** How often each of some faults happens in a round: to none of the calls, or up to 12 of 100. */
export function ratesOf(faults: readonly Fault[]): fc.Arbitrary<Rate[]> {
  return fc.tuple(...faults.map((fault) => fc.nat(12).map((percent): Rate => [fault, percent / 100])))
}

/** The plan of the round with this seed. */
export function planOf<Plan>(plans: fc.Arbitrary<Plan>, seed: number): Plan {
  const [plan] = fc.sample(plans, { seed, numRuns: 1 })
  return plan as Plan
}
