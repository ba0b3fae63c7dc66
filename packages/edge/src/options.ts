import { InvalidOptions } from '@causeway-aws/auth'
import * as v from 'valibot'

/** Options as their schema has them, or {@link InvalidOptions} with a sentence about the first that is wrong. */
export function parseOptions<Schema extends v.GenericSchema>(
  who: string,
  schema: Schema,
  options: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, options, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  throw new InvalidOptions(`${who}: ${v.getDotPath(issue) ?? 'the argument'} ${faultOf(issue)}.`)
}

function faultOf({ expected, received, message }: v.BaseIssue<unknown>): string {
  if (expected === 'never') return 'is not an option'
  return received === 'undefined' ? 'is missing' : `must be ${message}`
}

/** A whole number of 1 or more. */
export const countSchema: v.GenericSchema<number> = v.pipe(
  v.number('a number'),
  v.safeInteger('a whole number'),
  v.minValue(1, '1 or more'),
)
