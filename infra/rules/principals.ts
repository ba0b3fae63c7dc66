import { isObject, type Template, type Value } from './template.ts'

/** Whom a statement names: whoever is not provably of this account is of another one. */
export type Whose = 'own' | 'service' | 'other' | 'everyone'

// A role, a user or the account itself of the account that the stack is in.
const ownArn = /^arn:(aws|\$\{AWS::Partition\}):iam::\$\{AWS::AccountId\}:(root|(role|user)\/[\w+=,.@/${}:-]+)$/

export function whose([type, principal]: readonly [type: string, principal: Value], template: Template): Whose {
  if (hasWildcard(principal)) return 'everyone'
  if (type === 'Service') return isService(principal) ? 'service' : 'other'
  return type === 'AWS' && isOwn(principal, template) ? 'own' : 'other'
}

function isOwn(principal: Value, { Resources }: Template): boolean {
  if (!isObject(principal)) return false
  if (principal.Ref === 'AWS::AccountId') return true
  const { 'Fn::Sub': text, 'Fn::GetAtt': attribute } = principal
  if (typeof text === 'string') return ownArn.test(text)
  return Array.isArray(attribute) && attribute[1] === 'Arn' && Resources[attribute[0]]?.Type === 'AWS::IAM::Role'
}

function isService(principal: Value): boolean {
  const name = isObject(principal) ? principal['Fn::Sub'] : principal
  return typeof name === 'string' && /^[a-z0-9-]+\.(\$\{AWS::Region\}\.)?amazonaws\.com$/.test(name)
}

/** Whether there is a `*` or `?` in any text that a value is made of, inside `Fn::Sub` and `Fn::Join` too. */
export function hasWildcard(value: Value): boolean {
  return textsOf(value).some((text) => /[*?]/.test(text))
}

/** Every text that a value is made of. */
export function textsOf(value: Value): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}
