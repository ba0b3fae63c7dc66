import { isForOneSource, isThroughService, namesThePartner } from './conditions.ts'
import { hasWildcard, whose } from './principals.ts'
import { type Statement, statementsOf } from './statements.ts'
import { type Problem, resourcesOf, type Template } from './template.ts'

/** All that a template may ever let another account do. */
const forOthers: readonly unknown[] = [
  'sts:AssumeRole',
  'sqs:SendMessage',
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
  'kms:GenerateDataKey',
  'kms:Decrypt',
]

/** Nobody is allowed more than what is named, and another account nothing without a condition. */
export function* leastPrivilege(template: Template): Generator<Problem> {
  for (const statement of statementsOf(template)) {
    if (statement.effect === 'Deny') continue
    for (const message of excesses(statement, template)) yield { where: statement.where, message }
  }
  for (const [id, role] of resourcesOf(template, 'AWS::IAM::Role')) {
    if (role.ManagedPolicyArns !== undefined) {
      yield { where: `Resources.${id}`, message: 'has managed policies; write down what the role may do' }
    }
  }
}

function* excesses(statement: Statement, template: Template): Generator<string> {
  const { document, keys, actions, resources } = statement
  const isKey = document === 'KeyPolicy'
  const principals = new Set(statement.principals.map((principal) => whose(principal, template)))
  const isOwnKey = isKey && principals.size === 1 && principals.has('own')
  for (const key of keys) if (key.startsWith('Not')) yield `${key} allows all but something; name what is allowed`
  for (const action of actions) {
    // A key that its own account may not administer can never be administered again.
    if (isOwnKey && action === 'kms:*') continue
    if (typeof action !== 'string' || !/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action)) {
      yield `allows the action ${typeof action === 'string' ? action : JSON.stringify(action)}`
    } else if (principals.has('other') && !forOthers.includes(action)) {
      yield `allows another account the action ${action}`
    }
  }
  // In a key's policy * is the key.
  const wide = isKey ? [] : resources.filter(hasWildcard)
  for (const resource of wide) {
    yield `allows the resource ${typeof resource === 'string' ? resource : JSON.stringify(resource)}`
  }
  if (principals.has('everyone')) yield 'allows everyone'
  if (principals.has('other') && !namesThePartner(statement)) {
    yield 'allows a whole other account; add a condition on sts:ExternalId or aws:PrincipalArn'
  }
  if (principals.has('service') && document !== 'AssumeRolePolicyDocument' && !isForOneSource(statement)) {
    yield 'allows a service whatever it is asked for; add a condition on aws:SourceArn or aws:SourceAccount'
  }
  const usesKey = actions.some((action) => typeof action === 'string' && /^kms:(?!\*)/.test(action))
  if (usesKey && !principals.has('service') && !isThroughService(statement)) {
    yield 'allows the use of a key outside the service that it is for; add a condition on kms:ViaService'
  }
}
