import { CausewayError } from '@causeway-aws/auth'
import * as v from 'valibot'
import { isOf, type ResourceStatement } from './statements.ts'

/** A resource's policy. What we do not know of it is kept as it is. */
interface ResourcePolicy {
  readonly Version?: string
  readonly Statement: readonly ResourceStatement[]
}

const statement = v.looseObject({ Effect: v.string() })
const schema = v.looseObject({ Statement: v.union([v.array(statement), statement]) })

/** The text of a policy, taken apart. No text is no policy. */
export function parsePolicy(text: string | undefined, arn: string): ResourcePolicy {
  if (text === undefined || text === '') return { Version: '2012-10-17', Statement: [] }
  try {
    const policy = v.parse(schema, JSON.parse(text))
    return { ...policy, Statement: [policy.Statement].flat() as ResourceStatement[] }
  } catch (cause) {
    throw new CausewayError(`The policy of ${arn} cannot be read, so it is not changed. Look at it, and mend it.`, {
      code: 'PolicyUnreadable',
      cause,
    })
  }
}

/** The text with a grant's statements as they should be, all others as they are; undefined where none is left. */
export function withStatements(
  text: string | undefined,
  arn: string,
  id: string,
  wanted: readonly ResourceStatement[],
): string | undefined {
  const policy = parsePolicy(text, arn)
  const ours = policy.Statement.filter(isOf(id))
  if (ours.length === wanted.length && wanted.every((one) => ours.some((other) => isSame(one, other)))) return text
  const others = policy.Statement.filter((statement) => !isOf(id)(statement))
  const Statement = [...others, ...wanted]
  return Statement.length === 0 ? undefined : JSON.stringify({ ...policy, Statement })
}

/** Whether two statements say the same: AWS gives back lists in another order, and one text in place of a list of one. */
export function isSame(one: ResourceStatement, other: ResourceStatement): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other))
}

function plain(value: unknown): unknown {
  if (Array.isArray(value))
    return value.length === 1 ? plain(value[0]) : value.map((inner) => JSON.stringify(plain(inner))).sort()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, plain(inner)]),
  )
}
