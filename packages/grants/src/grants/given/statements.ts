import { arnParts, type PolicyCondition, partnerPrincipal } from '@causeway-aws/auth'
import { ending } from '../ending.ts'
import type { Grant } from '../grant.ts'
import { permissionsOf } from '../resources/index.ts'

/** A statement of a resource's policy. */
export interface ResourceStatement {
  Sid?: string
  Effect: string
  Principal?: unknown
  Action?: string | readonly string[]
  Resource?: string | readonly string[]
  Condition?: PolicyCondition
}

/** What the Sids of a grant's statements begin with. No other grant's do: an id has one length. */
const sidOf = (id: string): string => `CausewayGrant${id}`

/** Whether a statement is of a grant. */
export const isOf =
  (id: string) =>
  ({ Sid }: ResourceStatement): boolean =>
    Sid?.startsWith(sidOf(id)) ?? false

/** SQS lets nobody of another account do it, whatever a policy says. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html */
const ofOwnAccount: ReadonlySet<string> = new Set(['sqs:ListQueueTags'])

/** What a role of another account can be allowed of some actions. */
export const acrossAccounts = (actions: string | readonly string[]): string[] =>
  [actions].flat().filter((action) => !ofOwnAccount.has(action))

/**
 * The statements by which a grant lets the partner's roles in, for each queue, key and bucket that has a policy: what the
 * roles need of their own, said from the other side.
 */
export function statementsOf(grant: Grant): ReadonlyMap<string, readonly ResourceStatement[]> {
  const { id, resource, actions, principals, until } = grant
  const partner = partnerPrincipal(principals)
  const statements = new Map<string, ResourceStatement[]>()
  for (const { Action, Resource, Condition } of permissionsOf(resource, actions).Statement) {
    const [first = ''] = [Resource].flat()
    const holder = holderOf(first)
    const before = statements.get(holder) ?? []
    const statement = {
      Sid: `${sidOf(id)}${before.length + 1}`,
      Effect: 'Allow',
      Principal: partner.Principal,
      Action: acrossAccounts(Action),
      // In its own policy a key is called `*`: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
      Resource: arnParts(holder).service === 'kms' ? '*' : Resource,
      Condition: { ...partner.Condition, ...Condition },
    }
    statements.set(holder, [...before, ending(statement, until)])
  }
  return statements
}

/** ARN of what has the policy: of objects, their bucket has. */
function holderOf(resource: string): string {
  const { service } = arnParts(resource)
  return service === 's3' ? (resource.split('/')[0] ?? resource) : resource
}
