import * as v from 'valibot'

/**
 * A valibot schema of what is between two fields of CSV: a character, or the word `tab`, which gets through a shell, a
 * template and a console as it was written. It is an entry of a function's configuration as it stands.
 *
 * @example
 * ```ts
 * import { readConfiguration } from '@causeway-aws/handler'
 * import { delimiterSchema } from '@causeway-aws/readers'
 *
 * export const { delimiter } = readConfiguration({ delimiter: delimiterSchema }, { DELIMITER: 'tab' })
 * ```
 */
export const delimiterSchema: v.GenericSchema<string> = v.pipe(
  v.string('must be a string'),
  v.regex(/^([^"\r\n]|tab)$/, 'must be one character, no quote or line end, or the word tab'),
  v.examples(['tab']),
  v.transform((delimiter) => (delimiter === 'tab' ? '\t' : delimiter)),
)
