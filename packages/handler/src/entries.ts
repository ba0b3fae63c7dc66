import * as v from 'valibot'
import type { ConfigurationEntry } from './configuration.ts'

/** Limits of a number and the value that it has when its variable is not set (without one, it must be set). */
export interface NumberOptions {
  readonly min?: number
  readonly max?: number
  readonly default?: number
}

/**
 * Any text.
 *
 * @example
 * ```ts
 * import { readConfiguration, text } from '@causeway-aws/handler'
 *
 * const entries = { messageType: text({ example: 'order' }) }
 * export const { messageType } = readConfiguration(entries, { MESSAGE_TYPE: 'order' })
 * ```
 */
export function text(
  options: { readonly example?: string; readonly default?: string } = {},
): ConfigurationEntry<string> {
  const { example } = options
  return v.pipe(variable(options.default), v.description('text'), v.examples(example === undefined ? [] : [example]))
}

/**
 * A whole number.
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
  return v.pipe(
    variable(options.default?.toString()),
    v.description(`a whole number${between(options.min, options.max)}`),
    v.examples([String(options.default ?? options.min ?? 1)]),
    v.regex(/^-?\d+$/),
    v.transform(Number),
    v.safeInteger(),
    v.minValue(options.min ?? Number.MIN_SAFE_INTEGER),
    v.maxValue(options.max ?? Number.MAX_SAFE_INTEGER),
  )
}

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A length of time, written with its unit (`500ms`, `30s`, `15m`, `12h`, `7d`) and read in milliseconds, as the options
 * are.
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
  const inMilliseconds = (limit: number | undefined) => (limit === undefined ? undefined : `${limit}ms`)
  return v.pipe(
    variable(inMilliseconds(options.default)),
    v.description(`a duration${between(inMilliseconds(options.min), inMilliseconds(options.max))}`),
    v.examples(['30s']),
    v.regex(/^\d{1,9}(ms|s|m|h|d)$/),
    v.transform((written) => Number.parseInt(written, 10) * (milliseconds[written.replace(/^\d+/, '')] ?? 1)),
    v.minValue(options.min ?? 0),
    v.maxValue(options.max ?? Number.MAX_SAFE_INTEGER),
  )
}

/**
 * The URL of an SQS queue, as `GetQueueUrl` answers it. AWS's own hosts must be reached over https; another one (the
 * sandbox) may be plain http.
 *
 * @example
 * ```ts
 * import { queueUrl, readConfiguration } from '@causeway-aws/handler'
 *
 * export const { target } = readConfiguration(
 *   { target: queueUrl() },
 *   { TARGET: 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo' },
 * )
 * ```
 */
export function queueUrl(): ConfigurationEntry<string> {
  return v.pipe(
    v.string(),
    v.description('a queue URL'),
    v.examples(['https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo']),
    v.regex(/^https?:\/\/[^/\s@]+\/\d{12}\/[\w-]{1,80}(\.fifo)?$/, 'a queue URL'),
    v.regex(/^(?!http:\/\/[^/]*\.amazonaws\.com)/, 'a queue URL that begins with https'),
  )
}

function variable(fallback: string | undefined): v.GenericSchema<string | undefined, string> {
  return fallback === undefined ? v.string() : v.optional(v.string(), fallback)
}

function between(min: string | number | undefined, max: string | number | undefined): string {
  if (min === undefined) return max === undefined ? '' : ` of at most ${max}`
  return max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`
}
