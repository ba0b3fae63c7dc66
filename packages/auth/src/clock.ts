/**
 * The two clocks that Causeway reads. The wall clock says when credentials end, but can be set; the monotonic one only
 * measures how long something took.
 *
 * @example
 * ```ts
 * import type { Clock } from '@causeway-aws/auth'
 *
 * export const stopped: Clock = { now: () => Date.UTC(2026, 0, 1), monotonic: () => 0 }
 * ```
 */
export interface Clock {
  /** Milliseconds since 1970, by the wall clock. */
  now(): number
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number
}

/**
 * This machine's clocks: the default wherever a {@link Clock} can be passed in.
 *
 * @example
 * ```ts
 * import { systemClock } from '@causeway-aws/auth'
 *
 * const started = systemClock.monotonic()
 * export const elapsedMilliseconds = (): number => systemClock.monotonic() - started
 * ```
 */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
