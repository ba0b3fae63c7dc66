import { arnParts, type PolicyDocument, type TrustPolicy, trustPolicy } from '@causeway-aws/auth'
import { ending } from '../ending.ts'
import type { Grant } from '../grant.ts'
import { kindOf, permissionsOf } from '../resources/index.ts'

/** The documents of a role, as IAM takes them. */
export interface RoleDocuments {
  trust: TrustPolicy
  permissions: PolicyDocument
}

/** The name of the role that a template of ours makes. */
export const roleNameOf = (id: string): string => `causeway-grant-${id}`

/** The role that a template of ours makes in the partner's account. */
export function roleArnOf({ id, partner, resource, actions }: Grant): string {
  const [first = ''] = permissionsOf(resource, actions).Statement.flatMap(({ Resource }) => Resource)
  return `arn:${arnParts(first).partition}:iam::${partner}:role/${roleNameOf(id)}`
}

/** The most that a session made by a session may last: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html */
const maxSessionDuration = 3600

/** What the partner's role trusts, and exactly what it may. */
export function askedDocuments(
  { account, principals, resource, actions, until }: Grant,
  externalIds: readonly string[],
): RoleDocuments {
  const trust = trustPolicy({ principal: principals.length > 0 ? principals : account, externalIds })
  const { Statement } = permissionsOf(resource, actions)
  return {
    trust: { ...trust, Statement: trust.Statement.map((statement) => ending(statement, until)) },
    permissions: { Version: '2012-10-17', Statement: Statement.map((statement) => ending(statement, until)) },
  }
}

/** A template with nothing left to fill in, for the account that has the resource. It holds the ExternalIds. */
export function askedTemplate(grant: Grant, externalIds: readonly string[]): object {
  const { id, name, account, actions, resource, until } = grant
  const { trust, permissions } = askedDocuments(grant, externalIds)
  const end = until === undefined ? '' : `, until ${until}`
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `A role that account ${account} assumes, with an ExternalId, to ${actions.join(' and ')}: ${kindOf(resource).describe(resource)}${end}. Grant ${id} (${name}).`,
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: roleNameOf(id),
          Description: `Grant ${id} of account ${account}`,
          MaxSessionDuration: maxSessionDuration,
          AssumeRolePolicyDocument: trust,
          Policies: [{ PolicyName: 'grant', PolicyDocument: permissions }],
        },
      },
    },
    Outputs: {
      RoleArn: { Description: 'What to hand back', Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
  }
}
