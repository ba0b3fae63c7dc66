import { isList, isObject, listed, type Template, type Value } from './template.ts'
import { variants } from './variants.ts'

/** Properties that hold a policy. */
const documents = ['PolicyDocument', 'AssumeRolePolicyDocument', 'KeyPolicy'] as const

/** One statement of a policy in a template, as it is when each `Fn::If` has been decided. */
export interface Statement {
  readonly where: string
  /** The id of the resource that has it. */
  readonly resource: string
  readonly document: (typeof documents)[number]
  /** Whether it is there, and as it is, whatever the template's conditions are. */
  readonly always: boolean
  readonly keys: readonly string[]
  readonly effect: Value | undefined
  readonly actions: readonly Value[]
  readonly resources: readonly Value[]
  /** `AWS`, `Service` and so on, each with one principal; `*` is everybody. */
  readonly principals: readonly (readonly [type: string, principal: Value])[]
  /** Operator, key and value. */
  readonly conditions: readonly (readonly [operator: string, key: string, value: Value])[]
}

/** Every statement of every policy, in every form that it may take. */
export function* statementsOf({ Resources }: Template): Generator<Statement> {
  for (const [id, { Properties = {} }] of Object.entries(Resources)) yield* within(Properties, id, true)
}

function* within(value: Value, resource: string, always: boolean): Generator<Statement> {
  if (isList(value)) for (const item of value) yield* within(item, resource, always)
  if (!isObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    const document = documents.find((name) => name === key)
    if (document === undefined) yield* within(inner, resource, always && key !== 'Fn::If')
    else yield* statements(inner, document, resource, always)
  }
}

function* statements(
  policy: Value,
  document: Statement['document'],
  resource: string,
  always: boolean,
): Generator<Statement> {
  if (!isObject(policy)) return
  for (const branch of listed(policy['Fn::If']).slice(1)) yield* statements(branch, document, resource, false)
  for (const item of listed(policy.Statement)) {
    const fixed = always && !JSON.stringify(item).includes('"Fn::If"')
    for (const it of variants(item).flatMap(listed)) if (isObject(it)) yield statement(it, document, resource, fixed)
  }
}

function statement(
  it: { readonly [key: string]: Value },
  document: Statement['document'],
  resource: string,
  always: boolean,
): Statement {
  const principals = isObject(it.Principal) ? Object.entries(it.Principal) : it.Principal ? [['*', it.Principal]] : []
  return {
    where: `Resources.${resource}.${document}.${typeof it.Sid === 'string' ? it.Sid : 'Statement'}`,
    resource,
    document,
    always,
    keys: Object.keys(it),
    effect: it.Effect,
    actions: listed(it.Action),
    resources: listed(it.Resource),
    principals: (principals as [string, Value][]).flatMap(([type, of]) =>
      listed(of).map((one) => [type, one] as const),
    ),
    conditions: Object.entries(isObject(it.Condition) ? it.Condition : {}).flatMap(([operator, keys]) =>
      Object.entries(isObject(keys) ? keys : {}).map(([key, value]) => [operator, key, value] as const),
    ),
  }
}
