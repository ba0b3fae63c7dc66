import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { CredentialProvider } from '@causeway-aws/auth'
import type { ClientOptions } from '@causeway-aws/sandbox'

type Credentials = Awaited<ReturnType<CredentialProvider>>

export interface Role {
  readonly roleArn: string
  readonly externalId: string
}

/** One session, of any length: the emulator, unlike AWS, gives less than 900 s and more than the role's maximum. */
export async function assume(sts: STSClient, { roleArn, externalId }: Role, seconds: number): Promise<Credentials> {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: 'faults',
      ExternalId: externalId,
      DurationSeconds: seconds,
    }),
  )
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {}
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw new Error('STS gave no credentials')
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  }
}

/** What STS itself says of credentials: it refuses those of a session that has ended. */
export async function whoIs(
  credentials: Credentials | CredentialProvider,
  options: ClientOptions,
): Promise<string | undefined> {
  const { Arn } = await new STSClient({ ...options, credentials }).send(new GetCallerIdentityCommand())
  return Arn
}
