import { createPublicKey, type KeyObject } from 'node:crypto'
import { GetPublicKeyCommand, type KMSClient } from '@aws-sdk/client-kms'

/**
 * The public half of the KMS key that signs an audit's digests. It needs `kms:GetPublicKey`.
 *
 * @example
 * ```ts
 * import { KMSClient } from '@aws-sdk/client-kms'
 * import { signingKey } from '@causeway-aws/edge/audit'
 *
 * const key = await signingKey(new KMSClient(), 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab')
 * process.stdout.write(key.export({ type: 'spki', format: 'pem' }))
 * ```
 */
export async function signingKey(client: KMSClient, keyId: string): Promise<KeyObject> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }))
  return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' })
}
