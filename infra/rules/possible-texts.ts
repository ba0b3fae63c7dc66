import { isList, isObject, type Value } from './template.ts'

/** In place of what is only known when a stack is made. */
const standIn = 'arn:aws:iam::222222222222:role/sender'

/**
 * The texts that a value of text functions becomes: of `Fn::Sub: ${Prefix}/*` it is one that ends in `role/sender/*`.
 * What any other function gives is not known here, so it may be anything: `*`.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function possibleTexts(value: Value | undefined): string[] {
  if (typeof value === 'string') return [value]
  if (isList(value)) return value.flatMap(possibleTexts)
  if (!isObject(value)) return ['*']
  if (value.Ref !== undefined || value['Fn::GetAtt'] !== undefined) return [standIn]
  const { 'Fn::Join': join, 'Fn::Split': split, 'Fn::Sub': sub } = value
  if (isList(join)) return [possibleTexts(join[1]).join(String(join[0]))]
  if (isList(split)) {
    const parts = possibleTexts(split[1]).flatMap((text) => text.split(String(split[0])))
    // A list has more than one, or what joins them would not be seen.
    return split[0] === ',' ? [...parts, ...parts] : parts
  }
  if (typeof sub === 'string') return [substituted(sub, {})]
  if (isList(sub) && typeof sub[0] === 'string' && isObject(sub[1])) return [substituted(sub[0], sub[1])]
  return ['*']
}

function substituted(text: string, variables: { readonly [name: string]: Value }): string {
  return text.replace(/\$\{([^!}]+)\}/g, (_, name) =>
    Object.hasOwn(variables, name) ? possibleTexts(variables[name]).join(',') : standIn,
  )
}
