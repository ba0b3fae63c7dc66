import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { ConfigurationEntry } from './configuration.ts'

/** Limits of a number and the value that it has when its variable is not set. Of a `duration()`, in milliseconds. */
export interface NumberOptions {
  readonly min?: number
  readonly max?: number
  /** Without it the variable must be set. */
  readonly default?: number
}

const limit = v.optional(v.pipe(v.number('must be a number'), v.safeInteger('must be a whole number')))

const numberOptionsSchema = v.strictObject({ min: limit, max: limit, default: limit })

/** An example for the error, and the value of a variable that is not set. */
export interface TextOptions {
  readonly example?: string
  /** Without it the variable must be set. */
  readonly default?: string
}

const textOptionsSchema = v.strictObject({ example: v.optional(v.string()), default: v.optional(v.string()) })

/**
 * Any text.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { readConfiguration, text } from '@causeway-aws/handler'
 *
 * const entries = { messageType: text({ example: 'order' }) }
 * export const { messageType } = readConfiguration(entries, { MESSAGE_TYPE: 'order' })
 * ```
 */
export function text(options: TextOptions = {}): ConfigurationEntry<string> {
  const { example, default: fallback } = parseOptions('text', textOptionsSchema, options)
  return v.pipe(variable(fallback), v.description('text'), v.examples(example === undefined ? [] : [example]))
}

/**
 * A whole number.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { integer, readConfiguration } from '@causeway-aws/handler'
 *
 * const entries = { concurrency: integer({ min: 1, max: 100, default: 10 }) }
 * export const { concurrency } = readConfiguration(entries, {}) // 10
 * ```
 */
export function integer(options: NumberOptions = {}): ConfigurationEntry<number> {
  const { min, max, default: fallback } = parseOptions('integer', numberOptionsSchema, options)
  return v.pipe(
    variable(fallback?.toString()),
    v.description(`a whole number${between(min, max)}`),
    v.examples([String(fallback ?? min ?? 1)]),
    v.regex(/^-?\d+$/),
    v.transform(Number),
    v.safeInteger(),
    v.minValue(min ?? Number.MIN_SAFE_INTEGER),
    v.maxValue(max ?? Number.MAX_SAFE_INTEGER),
  )
}

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A length of time, written with its unit (`500ms`, `30s`, `15m`, `12h`, `7d`) and read in milliseconds, as the options
 * are.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { duration, readConfiguration } from '@causeway-aws/handler'
 *
 * const entries = { refreshAfter: duration({ min: 1_000, default: 300_000 }) }
 * export const { refreshAfter } = readConfiguration(entries, { REFRESH_AFTER: '90s' }) // 90,000
 * ```
 */
export function duration(options: NumberOptions = {}): ConfigurationEntry<number> {
  const { min, max, default: fallback } = parseOptions('duration', numberOptionsSchema, options)
  const inMilliseconds = (limit: number | undefined) => (limit === undefined ? undefined : `${limit}ms`)
  return v.pipe(
    variable(inMilliseconds(fallback)),
    v.description(`a duration${between(inMilliseconds(min), inMilliseconds(max))}`),
    v.examples(['30s']),
    v.regex(/^\d{1,9}(ms|s|m|h|d)$/),
    v.transform((written) => Number.parseInt(written, 10) * (milliseconds[written.replace(/^\d+/, '')] ?? 1)),
    v.minValue(min ?? 0),
    v.maxValue(max ?? Number.MAX_SAFE_INTEGER),
  )
}

function variable(fallback: string | undefined): v.GenericSchema<string | undefined, string> {
  return fallback === undefined ? v.string() : v.optional(v.string(), fallback)
}

function between(min: string | number | undefined, max: string | number | undefined): string {
  if (min === undefined) return max === undefined ? '' : ` of at most ${max}`
  return max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`
}
