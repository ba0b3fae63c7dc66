import type { PolicyDocument } from '@causeway-aws/auth'
import { roleNameOf } from '../asked/template.ts'
import { ending } from '../ending.ts'
import type { Grant } from '../grant.ts'
import { kindOf, permissionsOf } from '../resources/index.ts'
import { acrossAccounts } from './statements.ts'

/** What the partner's own role has to be allowed, beside what we allow it. */
export function givenPermissions({ resource, actions, until }: Grant): PolicyDocument {
  const { Statement } = permissionsOf(resource, actions)
  return {
    Version: '2012-10-17',
    Statement: Statement.map((statement) => ending({ ...statement, Action: acrossAccounts(statement.Action) }, until)),
  }
}

/** A template with nothing left to fill in, for the partner: a role of its own, which its own policies let assume. */
export function givenTemplate(grant: Grant): object {
  const { id, name, account, actions, partner, resource } = grant
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `A role of account ${partner} that may ${actions.join(' and ')}: ${kindOf(resource).describe(resource)} of account ${account}, once that names it. Grant ${id} (${name}).`,
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: roleNameOf(id),
          Description: `Grant ${id} of account ${account}`,
          MaxSessionDuration: 3600,
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { AWS: partner }, Action: 'sts:AssumeRole' }],
          },
          Policies: [{ PolicyName: 'grant', PolicyDocument: givenPermissions(grant) }],
        },
      },
    },
    Outputs: {
      RoleArn: { Description: 'What to hand back', Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
  }
}
