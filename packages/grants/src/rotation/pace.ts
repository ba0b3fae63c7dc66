import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '@causeway-aws/auth'

/** Resolves when the next request may be made. */
export type Pace = (signal?: AbortSignal) => Promise<void>

/** How a {@link Pace} tells the time, and waits. */
export interface PaceOptions {
  /** Default: this machine's clocks. */
  readonly clock?: Clock
  /** Waits for so many milliseconds. */
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>
}

/**
 * Lets at most so many requests a second through, evenly, in the order in which they ask: what is refused for its rate is
 * tried again by the SDK, and by everybody else in the account too.
 *
 * @example
 * ```ts
 * import { evenPace } from '@causeway-aws/grants/rotation'
 *
 * const pace = evenPace(5)
 * for (let request = 0; request < 3; request += 1) await pace() // 0, 200 and 400 ms
 * ```
 */
export function evenPace(perSecond: number, { clock = systemClock, wait = waitFor }: PaceOptions = {}): Pace {
  let next = Number.NEGATIVE_INFINITY
  return async (signal) => {
    const now = clock.monotonic()
    const mine = Math.max(now, next)
    next = mine + 1_000 / perSecond
    if (mine > now) await wait(mine - now, signal)
  }
}

const waitFor = (milliseconds: number, signal?: AbortSignal) =>
  sleep(milliseconds, undefined, signal === undefined ? {} : { signal })
