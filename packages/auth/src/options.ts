import * as v from 'valibot'
import { CausewayError } from './error.ts'

/**
 * An option is missing, unknown or not of its form. The sentence names it; it never repeats a value.
 *
 * @example
 * ```ts
 * import { assumedRole, InvalidOptions } from '@causeway-aws/auth'
 *
 * try {
 *   assumedRole({ roleArn: process.argv[2] ?? '' })
 * } catch (error) {
 *   if (!(error instanceof InvalidOptions)) throw error
 *   process.stderr.write(`${error.message}\n`)
 * }
 * ```
 */
export class InvalidOptions extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'InvalidOptions' })
  }
}

/**
 * Options as their schema describes them. Every function of ours that takes options reads them so.
 *
 * A schema's own messages complete the sentence: `must be …`. What was given is never repeated; it may be a secret.
 *
 * @param who The function's name, as its caller knows it.
 * @throws {InvalidOptions} with one sentence about the first option that is missing, unknown or wrong.
 *
 * @example
 * ```ts
 * import { parseOptions } from '@causeway-aws/auth'
 * import * as v from 'valibot'
 *
 * const schema = v.strictObject({ concurrency: v.optional(v.pipe(v.number(), v.minValue(1, 'must be 1 or more')), 10) })
 *
 * export function createPool(options: v.InferInput<typeof schema>): { size: number } {
 *   return { size: parseOptions('createPool', schema, options).concurrency }
 * }
 * ```
 */
export function parseOptions<Schema extends v.GenericSchema>(
  who: string,
  schema: Schema,
  options: unknown,
): v.InferOutput<Schema> {
  // Valibot's own messages repeat what was received, and that may be a secret.
  const result = v.safeParse(schema, options, { abortEarly: true, message: describe })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  throw new InvalidOptions(`${who}: ${path === null ? 'the argument' : path} ${issue.message}.`)
}

function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return 'is not an option'
  if (issue.type === 'strict_object' && issue.received === 'undefined') return 'is missing'
  if (issue.type === 'custom') return 'is of the wrong type'
  return `must be ${issue.expected === 'Object' ? 'an object' : `of type ${issue.expected}`}`
}

/** For options that only their caller can check further: clients, clocks, documents. */
export function isObject(candidate: unknown): candidate is object {
  return typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate)
}

export function isFunction(candidate: unknown): boolean {
  return typeof candidate === 'function'
}
