import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, type CredentialProvider, externalId, type PolicyDocument, trustPolicy } from '@causeway-aws/auth'
import { accountIds, clientOptions, type Sandbox } from '@causeway-aws/sandbox'

export interface PartnerRole {
  readonly arn: string
  readonly externalId: string
  /** Home's credentials of the role: with the ExternalId that the partner gave, or another. */
  as(id?: string): CredentialProvider
}

/** A role of the partner that home may assume, with an ExternalId, and that may do what the policy allows. */
export async function partnerRole(sandbox: Sandbox, policy: PolicyDocument): Promise<PartnerRole> {
  const iam = new IAMClient(clientOptions(await sandbox.credentials('partner')))
  const id = externalId()
  const RoleName = `reader-${crypto.randomUUID()}`
  const trust = trustPolicy({ principal: accountIds.home, externalIds: [id] })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }))
  const PolicyDocument = JSON.stringify(policy)
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'read', PolicyDocument }))
  const sts = new STSClient(clientOptions(await sandbox.credentials('home')))
  const { Arn: arn = '' } = Role ?? {}
  return { arn, externalId: id, as: (given = id) => assumedRole({ roleArn: arn, externalId: given, sts }) }
}
