import { CausewayError } from '@causeway-aws/auth'
import * as v from 'valibot'
import { ConfigurationError, sentence } from './configuration-error.ts'

/**
 * What one environment variable may hold: a valibot schema from the variable's text (`undefined` when it is not set)
 * to the value that the function works with. `integer()`, `json()` and their siblings make them; a schema of your own
 * does too. Its `v.description()` completes the sentence "expected ...", the first of its `v.examples()` is shown, and
 * what its transformations throw as a `CausewayError` is told as it is.
 *
 * @example
 * ```ts
 * import type { ConfigurationEntry } from '@causeway-aws/handler'
 * import * as v from 'valibot'
 *
 * export const stage: ConfigurationEntry<'test' | 'production'> = v.pipe(
 *   v.picklist(['test', 'production']),
 *   v.description('"test" or "production"'),
 *   v.examples(['test']),
 * )
 * ```
 */
export type ConfigurationEntry<Value = unknown> = v.GenericSchema<string | undefined, Value>

/** A function's configuration: one entry for each variable, by its camelCase name (`messageType` reads `MESSAGE_TYPE`). */
export type ConfigurationEntries = Readonly<Record<string, ConfigurationEntry>>

/** The values of a configuration, typed by its entries. */
export type Configuration<Entries extends ConfigurationEntries> = {
  readonly [Name in keyof Entries]: v.InferOutput<Entries[Name]>
}

/**
 * Reads a configuration from the environment. A variable that is set to nothing counts as not set, because that is how
 * CloudFormation passes on a parameter that was left empty.
 *
 * @throws {ConfigurationError} naming every faulty variable, what was expected, what was got, and an example.
 *
 * @example
 * ```ts
 * import { integer, readConfiguration } from '@causeway-aws/handler'
 *
 * const { concurrency } = readConfiguration({ concurrency: integer({ min: 1, default: 10 }) }, { CONCURRENCY: '4' })
 * export const half: number = concurrency / 2
 * ```
 */
export function readConfiguration<const Entries extends ConfigurationEntries>(
  entries: Entries,
  environment: Readonly<Record<string, string | undefined>>,
): Configuration<Entries> {
  const values: Record<string, unknown> = {}
  const sentences: string[] = []
  for (const [name, entry] of Object.entries(entries)) {
    const variable = name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()
    const value = environment[variable] || undefined
    try {
      const result = v.safeParse(entry, value)
      if (result.success) values[name] = result.output
      else sentences.push(sentence(variable, value, entry, result.issues[0]))
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error
      sentences.push(`${variable}: ${error.message}`)
    }
  }
  if (sentences.length > 0) throw new ConfigurationError(sentences)
  return values as Configuration<Entries>
}
