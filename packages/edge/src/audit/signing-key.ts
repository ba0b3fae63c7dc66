import { createPublicKey, type KeyObject } from 'node:crypto'
import { GetPublicKeyCommand, type KMSClient } from '@aws-sdk/client-kms'

/**
 * Whether a public key is of the kind that an audit's digests are signed by: ECDSA on P-256, KMS's `ECC_NIST_P256`.
 *
 * @example
 * ```ts
 * import { createPublicKey } from 'node:crypto'
 * import { readFile } from 'node:fs/promises'
 * import { canSign } from '@causeway-aws/edge/audit'
 *
 * const key = createPublicKey(await readFile('audit.pem'))
 * if (!canSign(key)) throw new Error(`audit.pem is a key of another kind: ${key.asymmetricKeyType}`)
 * ```
 */
export const canSign = ({ asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyDetails?.namedCurve === 'prime256v1'

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
