import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'

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

const delaySchema = v.pipe(
  v.number('must be a number'),
  v.finite('must be finite'),
  v.minValue(0, 'must not be negative'),
)

const optionsSchema = v.strictObject({
  baseDelay: v.optional(delaySchema, 100),
  maxDelay: v.optional(delaySchema, 5_000),
  random: v.optional(
    v.custom<() => number>((random) => typeof random === 'function', 'must be a function'),
    () => Math.random,
  ),
})

/**
 * Exponential backoff with full jitter: any time from none to the exponential delay, so that senders that were
 * throttled together do not come back together.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { type Backoff, fullJitter } from '@causeway-aws/edge'
 *
 * export const patient: Backoff = fullJitter({ baseDelay: 1_000, maxDelay: 60_000 })
 * ```
 */
export function fullJitter(options: FullJitterOptions = {}): Backoff {
  const { baseDelay, maxDelay, random } = parseOptions('fullJitter', optionsSchema, options)
  return (attempts) => random() * Math.min(maxDelay, baseDelay * 2 ** (attempts - 1))
}
