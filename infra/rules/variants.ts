import { isList, isObject, type Value } from './template.ts'

/**
 * Everything that a value may become: each `Fn::If` in it, however deep, with either of its branches. What
 * `AWS::NoValue` takes away is not there.
 */
export function variants(value: Value): (Value | undefined)[] {
  if (isList(value)) return combinations(value.map(variants)).map((items) => items.filter((item) => item !== undefined))
  if (!isObject(value)) return [value]
  if (value.Ref === 'AWS::NoValue') return [undefined]
  const choice = value['Fn::If']
  if (isList(choice)) return choice.slice(1).flatMap(variants)
  const keys = Object.keys(value)
  return combinations(Object.values(value).map(variants)).map((values) =>
    Object.fromEntries(
      keys.flatMap((key, index) => {
        const it = values[index]
        return it === undefined ? [] : [[key, it]]
      }),
    ),
  )
}

function combinations(choices: readonly (readonly (Value | undefined)[])[]): (Value | undefined)[][] {
  return choices.reduce<(Value | undefined)[][]>(
    (chosen, options) => chosen.flatMap((before) => options.map((option) => [...before, option])),
    [[]],
  )
}
