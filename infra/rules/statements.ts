import { branches, isObject, type Template, type Value } from './template.ts'

/** Properties that hold a policy. */
const documents = ['PolicyDocument', 'AssumeRolePolicyDocument', 'KeyPolicy'] as const

/** One statement of a policy in a template. */
export interface Statement {
  readonly where: string
  readonly document: (typeof documents)[number]
  readonly keys: readonly string[]
  readonly effect: Value | undefined
  readonly actions: readonly Value[]
  readonly resources: readonly Value[]
  readonly principals: readonly Value[]
  /** The condition as JSON: enough to see which keys it asks for. */
  readonly condition: string
}

/** Every statement of every policy, those behind an `Fn::If` included. */
export function* statementsOf({ Resources }: Template): Generator<Statement> {
  for (const [id, { Properties = {} }] of Object.entries(Resources)) yield* within(Properties, `Resources.${id}`)
}

function* within(value: Value, where: string): Generator<Statement> {
  if (Array.isArray(value)) {
    for (const item of value) yield* within(item, where)
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      const document = documents.find((name) => name === key)
      if (document === undefined) yield* within(inner, where)
      else if (isObject(inner)) for (const it of branches(inner.Statement)) yield statement(it, document, where)
    }
  }
}

function statement(value: Value, document: Statement['document'], where: string): Statement {
  const it = isObject(value) ? value : {}
  return {
    where: `${where}.${document}.${typeof it.Sid === 'string' ? it.Sid : 'Statement'}`,
    document,
    keys: Object.keys(it),
    effect: it.Effect,
    actions: branches(it.Action),
    resources: branches(it.Resource),
    principals: isObject(it.Principal) ? Object.values(it.Principal).flatMap(branches) : branches(it.Principal),
    condition: JSON.stringify(it.Condition ?? {}),
  }
}
