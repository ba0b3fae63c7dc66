import type { Clock } from '../src/clock.ts'

/** A clock that stands still until it is told. `jump` sets the wall clock alone, as an administrator or NTP does. */
export function fakeClock(): Clock & { pass(seconds: number): void; jump(seconds: number): void } {
  let wall = Date.UTC(2026, 0, 1)
  let uptime = 0
  return {
    now: () => wall,
    monotonic: () => uptime,
    pass(seconds) {
      wall += seconds * 1_000
      uptime += seconds * 1_000
    },
    jump(seconds) {
      wall += seconds * 1_000
    },
  }
}
