import type { Clock } from '@causeway-aws/auth'

/** A clock that stands still until it is told. */
export function fakeClock(): Clock & { pass(milliseconds: number): void } {
  let passed = 0
  return {
    now: () => Date.UTC(2026, 0, 1) + passed,
    monotonic: () => passed,
    pass(milliseconds) {
      passed += milliseconds
    },
  }
}
