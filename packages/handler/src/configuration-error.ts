import { CausewayError } from '@causeway-aws/auth'
import * as v from 'valibot'

/** The environment does not hold what the function needs: a sentence for each faulty variable, on a line of its own. */
export class ConfigurationError extends CausewayError {
  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'), { code: 'ConfigurationError' })
  }
}

/** "ROUTES: expected "forward" or "process" at orders.processor, got "forwrd". Example: ROUTES={...}" */
export function sentence(
  variable: string,
  value: string | undefined,
  schema: v.GenericSchema,
  issue: v.BaseIssue<unknown>,
): string {
  const [example]: readonly unknown[] = v.getExamples(schema)
  const said = `${variable}: expected ${expected(schema, issue)}, got ${got(value, issue)}.`
  return example === undefined ? said : `${said} Example: ${variable}=${example}`
}

function expected(schema: v.GenericSchema, issue: v.BaseIssue<unknown>): string {
  const path = issue.path?.map(({ key }) => String(key)) ?? []
  if (issue.type === 'strict_object' && issue.expected === 'never') return at(path.slice(0, -1), 'no other key')
  if (issue.type.endsWith('object') && issue.expected?.startsWith('"')) return at(path, 'a value')
  // Valibot's own messages begin so; any other was given by the schema's author and says what was expected.
  if (!issue.message.startsWith('Invalid ')) return at(path, issue.message.replace(/^must be /, ''))
  const description = path.length === 0 ? v.getDescription(schema) : undefined
  return at(path, description ?? readable(issue))
}

function at(path: readonly string[], what: string): string {
  return path.length === 0 ? what : `${what} at ${path.join('.')}`
}

const words: Readonly<Record<string, string>> = {
  Array: 'a list',
  Object: 'an object',
  boolean: 'true or false',
  number: 'a number',
  string: 'a string',
}

function readable({ expected, type }: v.BaseIssue<unknown>): string {
  if (expected === null) return `a valid ${type}`
  return words[expected] ?? expected.replaceAll(/^\(|\)$/g, '').replaceAll(' | ', ' or ')
}

function got(value: string | undefined, { type, input, path, received }: v.BaseIssue<unknown>): string {
  // A raw transformation says itself what it received: secretReference() uses this to keep a pasted secret out.
  if (type === 'raw_transform') return received
  const shown = JSON.stringify(path === undefined ? value : input) ?? 'nothing'
  return shown.length > 80 ? `${shown.slice(0, 80)}...` : shown
}
