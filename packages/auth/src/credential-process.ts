import type { AwsCredentialIdentity } from '@smithy/types'

/**
 * The JSON that a `credential_process` prints, as the AWS CLI and all AWS SDKs read it. It holds the secret key: print
 * it on stdout and nowhere else.
 *
 * Expiration is in whole seconds, rounded down: not every SDK reads fractions.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 *
 * @example
 * ```ts
 * import { assumedRole, credentialProcess } from '@causeway-aws/auth'
 *
 * const partner = assumedRole({ roleArn: 'arn:aws:iam::222222222222:role/orders-reader' })
 * process.stdout.write(credentialProcess(await partner()))
 * ```
 */
export function credentialProcess(credentials: AwsCredentialIdentity): string {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials
  return JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration?.toISOString().replace(/\.\d+Z$/, 'Z'),
  })
}
