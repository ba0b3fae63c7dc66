import * as v from 'valibot'
import type { ConfigurationEntry } from './configuration.ts'

/**
 * A value written as JSON. The schema's `v.description()` and `v.examples()` are used in the error.
 *
 * @example
 * ```ts
 * import { json, readConfiguration } from '@causeway-aws/handler'
 * import * as v from 'valibot'
 *
 * const window = v.pipe(
 *   v.strictObject({ opens: v.number(), closes: v.number() }),
 *   v.description('the hours of a delivery window'),
 *   v.examples([{ opens: 8, closes: 18 }]),
 * )
 * const configuration = readConfiguration({ window: json(window) }, { WINDOW: '{"opens":8,"closes":18}' })
 * export const hours: number = configuration.window.closes - configuration.window.opens
 * ```
 */
export function json<Value>(schema: v.GenericSchema<unknown, Value>): ConfigurationEntry<Value> {
  return v.pipe(
    v.string(),
    v.description(v.getDescription(schema) ?? 'JSON'),
    v.examples(v.getExamples(schema).map((example) => JSON.stringify(example))),
    v.parseJson(),
    schema,
  )
}

/**
 * A list, written as a JSON list of what one entry of it would hold.
 *
 * @example
 * ```ts
 * import { list, readConfiguration, text } from '@causeway-aws/handler'
 *
 * export const { messageTypes } = readConfiguration(
 *   { messageTypes: list(text()) },
 *   { MESSAGE_TYPES: '["order","invoice"]' },
 * )
 * ```
 */
export function list<Value>(entry: ConfigurationEntry<Value>): ConfigurationEntry<readonly Value[]> {
  return json(
    v.pipe(
      v.array(entry),
      v.description(`a JSON list, each item ${v.getDescription(entry) ?? 'of the right form'}`),
      v.examples([v.getExamples(entry).slice(0, 1)]),
    ),
  )
}
