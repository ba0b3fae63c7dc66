import { isForOneSource, isThroughService, namesThePartner } from './conditions.ts'
import { isNamed, namedBy } from './named-resources.ts'
import { hasWildcard, textsOf, whose } from './principals.ts'
import { type Statement, statementsOf } from './statements.ts'
import { type Problem, referent, resourcesOf, type Template, type Value } from './template.ts'

/** All that a template may ever let another account do. */
const forOthers: readonly unknown[] = [
  'sts:AssumeRole',
  'sqs:SendMessage',
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
  's3:PutObject',
  's3:AbortMultipartUpload',
  's3:GetObject',
  'kms:GenerateDataKey',
  'kms:Decrypt',
]

/** Actions whose resource is an object of a bucket, which has a name of its own each time. */
const onObjects = /^s3:((Get|Put|Delete)Object(Version)?|AbortMultipartUpload)$/

/** Actions that know no resource, or none that could be named before Lambda has made it. */
const ofNoResource: readonly unknown[] = [
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html
  'kafka:GetBootstrapBrokers',
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
  'secretsmanager:ListSecrets',
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
  // https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
  'ec2:DescribeVpcs',
  'ec2:DescribeSecurityGroups',
]

/** What a key is used for by way of a service. A key that signs is used by itself, and its policy is no use of it. */
const throughService = /^kms:(?!(\*|Sign|Verify|GetPublicKey|(Get|Put)KeyPolicy|ListResourceTags)$)/

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
      continue
    }
    const named = namedBy(action)
    if (named !== undefined && principals.size === 0) {
      if (!resources.every((resource) => isNamed(resource, named, template))) {
        yield `allows the action ${action} on more than ${named.what} that are named`
      }
    } else if (action.startsWith('iam:') && !isForBoundRolesOfApps(statement, template)) {
      yield `allows the action ${action}, by which one can give oneself any other`
    } else if (principals.has('other') && !forOthers.includes(action)) {
      yield `allows another account the action ${action}`
    }
  }
  // In a key's policy * is the key.
  const areObjects = actions.every((action) => typeof action === 'string' && onObjects.test(action))
  const knowNone = actions.every((action) => ofNoResource.includes(action))
  const areNamed =
    isKey ||
    knowNone ||
    isForSecretsOfFunction(statement) ||
    isForRolesOfApps(statement) ||
    isToDeleteExternalIds(statement) ||
    isForBoundRolesOfApps(statement, template) ||
    isBoundary(statement, template)
  const wide = areNamed ? [] : resources.filter((it) => hasWildcard(it) && !(areObjects && isPathOfBucket(it)))
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
  const usesKey = actions.some((action) => typeof action === 'string' && throughService.test(action))
  if (usesKey && !principals.has('service') && !isThroughService(statement)) {
    yield 'allows the use of a key outside the service that it is for; add a condition on kms:ViaService'
  }
}

/** Sessions of the roles of apps, of which there is one more with each app. All are called so, and none but those of this account. */
function isForRolesOfApps({ actions, resources }: Statement): boolean {
  const onSession: readonly unknown[] = ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession']
  return actions.every((action) => onSession.includes(action)) && areRolesOfApps(resources)
}

/**
 * Inline policies of the roles of apps, where those have a boundary of the template: what is written into one of them comes to
 * no more than that.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
function isForBoundRolesOfApps({ actions, resources, conditions }: Statement, { Resources }: Template): boolean {
  const isBound = conditions.some(
    ([operator, key, value]) =>
      operator === 'StringEquals' &&
      key === 'iam:PermissionsBoundary' &&
      Resources[referent(value) ?? '']?.Type === 'AWS::IAM::ManagedPolicy',
  )
  return isBound && actions.every((action) => action === 'iam:PutRolePolicy') && areRolesOfApps(resources)
}

const areRolesOfApps = (resources: readonly Value[]): boolean =>
  resources.every((resource) =>
    textsOf(resource).every((text) => /:iam::\$\{AWS::AccountId\}:role\/causeway-app-\*$/.test(text)),
  )

/** A managed policy that nobody has: no role may have one (see above), so all it can do is to bound one. */
function isBoundary({ resource }: Statement, { Resources }: Template): boolean {
  const { Type, Properties = {} } = Resources[resource] ?? {}
  return Type === 'AWS::IAM::ManagedPolicy' && ['Roles', 'Users', 'Groups'].every((holder) => !(holder in Properties))
}

/** Secrets that one function rotates: Secrets Manager tells them by that, so that each is named by naming the function. */
function isForSecretsOfFunction({ actions, resources, conditions }: Statement): boolean {
  return (
    actions.every((action) => typeof action === 'string' && action.startsWith('secretsmanager:')) &&
    resources.every((resource) => textsOf(resource).every((text) => /:secret:\*$/.test(text))) &&
    conditions.some(
      ([operator, key, value]) =>
        key === 'secretsmanager:resource/AllowRotationLambdaArn' && operator === 'StringEquals' && !hasWildcard(value),
    )
  )
}

/** The ExternalIds of grants, of which there is one more with each: to be deleted, and given back by Secrets Manager for some days. */
function isToDeleteExternalIds({ actions, resources, conditions }: Statement): boolean {
  const secrets = /:\$\{AWS::AccountId\}:secret:causeway\/grants\/\*$/
  return (
    actions.every((action) => action === 'secretsmanager:DeleteSecret') &&
    resources.every((resource) => textsOf(resource).every((text) => secrets.test(text))) &&
    conditions.some(
      ([operator, key, value]) =>
        key === 'secretsmanager:ForceDeleteWithoutRecovery' && operator === 'BoolIfExists' && value === 'false',
    )
  )
}

/** All objects of a bucket that is named, or those below a path of it: `${Bucket.Arn}/records/*`. */
function isPathOfBucket(resource: Value): boolean {
  const texts = textsOf(resource)
  return (
    texts.length === 1 &&
    /^(\$\{\w+(\.Arn)?\}|arn:(aws|\$\{AWS::Partition\}):s3:::([a-z0-9.-]+|\$\{\w+\}))\/[^*?]*\*$/.test(texts[0] ?? '')
  )
}
