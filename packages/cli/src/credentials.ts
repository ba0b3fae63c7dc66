import { assumedRole, type CredentialProvider, secret } from '@causeway-aws/auth'
import { UsageError } from './exit.ts'
import type { IdentityFlags } from './identity.ts'

/** Credentials of the role to assume, or undefined for the SDK's own chain (environment, profile, …). */
export function credentialsOf({ roleArn, externalIdFrom, region }: IdentityFlags): CredentialProvider | undefined {
  if (roleArn === undefined) {
    if (externalIdFrom !== undefined)
      throw new UsageError('--external-id-from: there is no role to use it for. Add --role-arn.')
    return undefined
  }
  return assumedRole({
    roleArn,
    sessionName: 'causeway-cli',
    ...(externalIdFrom !== undefined && { externalId: secret(externalIdFrom) }),
    ...(region !== undefined && { region }),
  })
}
