/** What a CloudFormation template is made of, its functions (`Fn::Sub`, `Ref`) included. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value }

type Properties = { readonly [key: string]: Value }

export interface Resource {
  readonly Type: string
  readonly Condition?: string
  readonly Properties?: Properties
}

/** A template as CloudFormation gets it, SAM's resources already expanded. */
export interface Template {
  readonly Parameters?: { readonly [name: string]: Properties }
  readonly Resources: { readonly [id: string]: Resource }
}

export interface Problem {
  /** Path in the expanded template, such as `Resources.Function.Properties.Timeout`. */
  readonly where: string
  readonly message: string
}

/** A rule that templates keep: what is wrong with this one. */
export type Rule = (template: Template) => Iterable<Problem>

/** The resources of one type, with their ids. */
export function resourcesOf(template: Template, type: string): (readonly [id: string, properties: Properties])[] {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, { Properties = {} }]) => [id, Properties])
}

/** The id of the resource that a `Ref` or `Fn::GetAtt` names. */
export function referent(value: Value | undefined): string | undefined {
  if (!isObject(value)) return undefined
  const named = value.Ref ?? (isList(value['Fn::GetAtt']) ? value['Fn::GetAtt'][0] : undefined)
  return typeof named === 'string' ? named : undefined
}

/** One value or a list of them, as a list. */
export function listed(value: Value | undefined): readonly Value[] {
  if (value === undefined) return []
  return isList(value) ? value : [value]
}

export function isObject(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !isList(value)
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}
