import * as v from 'valibot'
import { isFunction, parseOptions } from './options.ts'
import type { CredentialProvider } from './refreshing.ts'

/** Whose token it is, and where it is good. */
export interface KafkaTokenOptions {
  /** Region of the cluster, which MSK checks: `eu-west-1`. */
  readonly region: string
  /** Who connects: `assumedRole` in the account of a partner. Default: what the environment or the profile gives. */
  readonly credentials?: CredentialProvider
}

/** What a client of Kafka shows an MSK cluster with IAM access control, by SASL's mechanism OAUTHBEARER. */
export interface KafkaToken {
  readonly value: string
  /** At most 15 minutes from now, and no later than the credentials end. */
  readonly expiration: Date
}

const schema = v.strictObject({
  region: v.pipe(v.string(), v.regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be a region: eu-west-1')),
  credentials: v.exactOptional(v.custom<CredentialProvider>(isFunction, 'must be a function that gives credentials')),
})

/**
 * Tokens for an MSK cluster with IAM access control: a new one at each call, of what the credentials are then. It is what
 * kafkajs takes as its `oauthBearerProvider`. AWS's own way to name a role there knows no ExternalId.
 *
 * @returns A function that rejects with what the credentials reject with.
 * @throws {InvalidOptions} naming the option.
 * @see https://github.com/aws/aws-msk-iam-sasl-signer-js
 *
 * @example
 * ```ts
 * import { assumedRole, kafkaToken, secret } from '@causeway-aws/auth'
 *
 * const credentials = assumedRole({
 *   roleArn: 'arn:aws:iam::222222222222:role/orders-reader',
 *   externalId: secret('env:EXTERNAL_ID'),
 * })
 *
 * export const sasl = {
 *   mechanism: 'oauthbearer',
 *   oauthBearerProvider: kafkaToken({ region: 'eu-west-1', credentials }),
 * } as const
 * ```
 */
export function kafkaToken(options: KafkaTokenOptions): () => Promise<KafkaToken> {
  const { region, credentials } = parseOptions('kafkaToken', schema, options)
  let own: CredentialProvider | undefined
  return async () => {
    // Only who reads Kafka has it loaded. Its own ways to credentials are not used: they know no ExternalId.
    const { generateAuthTokenFromCredentialsProvider } = await import('aws-msk-iam-sasl-signer-js')
    own ??= credentials ?? (await import('@aws-sdk/credential-provider-node')).defaultProvider()
    const { token, expiryTime } = await generateAuthTokenFromCredentialsProvider({
      region,
      awsCredentialsProvider: own,
    })
    return { value: token, expiration: new Date(expiryTime) }
  }
}
