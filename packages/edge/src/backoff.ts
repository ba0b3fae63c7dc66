/** How long to wait, in milliseconds, after the given number of failed attempts (1, 2, ...). */
export type Backoff = (attempts: number) => number

/** How long the waits of {@link fullJitter} are. */
export interface FullJitterOptions {
  /** The longest wait after the first failed attempt, in milliseconds; it doubles with each further one. Default: 100. */
  readonly baseDelay?: number
  /** The longest wait there is, in milliseconds. Default: 5,000. */
  readonly maxDelay?: number
  /** Where chance comes from: 0 <= n < 1. Default: Math.random. */
  readonly random?: () => number
}

/**
 * Exponential backoff with full jitter: any time from none to the exponential delay, so that senders that were
 * throttled together do not come back together.
 *
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @example
 * ```ts
 * import { type Backoff, fullJitter } from '@causeway-aws/edge'
 *
 * export const patient: Backoff = fullJitter({ baseDelay: 1_000, maxDelay: 60_000 })
 * ```
 */
export function fullJitter({
  baseDelay = 100,
  maxDelay = 5_000,
  random = Math.random,
}: FullJitterOptions = {}): Backoff {
  return (attempts) => random() * Math.min(maxDelay, baseDelay * 2 ** (attempts - 1))
}
