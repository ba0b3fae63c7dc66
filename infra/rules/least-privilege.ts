import { type Statement, statementsOf } from './statements.ts'
import { type Problem, resourcesOf, type Template, type Value } from './template.ts'

/** Nobody is allowed more than what is named, and another account nothing without a condition. */
export function* leastPrivilege(template: Template): Generator<Problem> {
  for (const statement of statementsOf(template)) {
    if (statement.effect !== 'Allow') continue
    for (const message of excesses(statement)) yield { where: statement.where, message }
  }
  for (const [id, role] of resourcesOf(template, 'AWS::IAM::Role')) {
    if (role.ManagedPolicyArns !== undefined) {
      yield { where: `Resources.${id}`, message: 'has managed policies; write down what the role may do' }
    }
  }
}

function* excesses(statement: Statement): Generator<string> {
  const { document, keys, actions, resources, principals, condition } = statement
  const isKey = document === 'KeyPolicy'
  for (const key of keys) if (key.startsWith('Not')) yield `${key} allows all but something; name what is allowed`
  for (const action of actions) {
    // A key that its own account may not administer can never be administered again.
    if (isWildcard(action) && !(isKey && principals.every(isOwnAccount))) yield `allows the action ${action}`
  }
  // In a key's policy * is the key.
  if (!isKey && resources.some(isWildcard)) yield 'allows the resource *'
  if (principals.includes('*')) yield 'allows everyone'
  if (principals.some(isOtherAccount) && !/"(sts:ExternalId|aws:PrincipalArn)"/.test(condition)) {
    yield 'allows a whole other account; add a condition on sts:ExternalId or aws:PrincipalArn'
  }
  const usesKey = actions.some((action) => typeof action === 'string' && /^kms:(?!\*)/.test(action))
  if (usesKey && !condition.includes('"kms:ViaService"')) {
    yield 'allows the use of a key outside the service that it is for; add a condition on kms:ViaService'
  }
}

function isWildcard(value: Value): boolean {
  return typeof value === 'string' && /(^|:)\*$/.test(value)
}

function isOwnAccount(principal: Value): boolean {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
  return JSON.stringify(principal).includes('${AWS::AccountId}')
}

function isOtherAccount(principal: Value): boolean {
  return JSON.stringify(principal).includes(':iam::') && !isOwnAccount(principal)
}
