import { join } from 'node:path'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../packages/sandbox/src/template.ts'
import { isList, isObject, type Value } from '../rules/template.ts'

/** How a template is taken apart, to be compared with another. */
export interface PartsOptions {
  /** What it calls otherwise than the other does. */
  readonly called?: readonly (readonly [of: string, as: string])[]
  /** Conditions that are taken for true: what is there under one of them is there. */
  readonly given?: readonly string[]
  /** Sections that are compared beside parameters, rules, conditions and resources. */
  readonly more?: readonly string[]
}

/** A template's parts, as JSON by path: statements are whole, and named by their Sid. */
export async function partsOf(
  file: string,
  { called = [], given = [], more = [] }: PartsOptions = {},
): Promise<Map<string, string>> {
  const { body } = await readTemplate(join(import.meta.dirname, '..', file))
  const sections = ['Parameters', 'Rules', 'Conditions', 'Resources', ...more]
  const compared = Object.entries(body as unknown as Record<string, Value>).filter(([name]) => sections.includes(name))
  const parts = new Map<string, string>()
  for (const [path, part] of split(Object.fromEntries(compared) as Value, given)) {
    parts.set(
      path.replaceAll(/Properties\.|Policies\.0\.|(Key)?Policy(Document)?\.Statement\.|Environment\.Variables\./g, ''),
      called.reduce((json, [of, as]) => json.replaceAll(of, as), JSON.stringify(part)),
    )
  }
  return parts
}

function* split(
  taken: Value,
  given: readonly string[],
  path: readonly string[] = [],
): Generator<[path: string, part: Value]> {
  const value = thenOf(taken, given)
  const items = isList(value) ? value.map((item, index) => [sidOf(item) ?? `${index}`, item] as const) : []
  const isWhole =
    !isList(value) && (!isObject(value) || Object.keys(value).some((key) => /^(Fn::|Ref|Effect)/.test(key)))
  if (isWhole || (isList(value) && !items.some(([, item]) => isObject(item)))) yield [path.join('.'), value]
  else {
    const parts = isObject(value) ? Object.entries(value) : items
    for (const [key, item] of parts) {
      if (key !== 'Condition' || !given.includes(`${item}`)) yield* split(item, given, [...path, key])
    }
  }
}

/** What is there where the given conditions are true. */
function thenOf(value: Value, given: readonly string[]): Value {
  const [condition, then] = isObject(value) && isList(value['Fn::If']) ? value['Fn::If'] : []
  return then !== undefined && given.includes(`${condition}`) ? then : value
}

function sidOf(item: Value | undefined): string | undefined {
  const statement = isObject(item) && isList(item['Fn::If']) ? item['Fn::If'][1] : item
  return isObject(statement) && typeof statement.Sid === 'string' ? statement.Sid : undefined
}

export const withPrefix = (path: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => path.startsWith(prefix))
