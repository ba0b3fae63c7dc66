import { hash } from 'node:crypto'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { Objects } from './chain.ts'
import { bucketOf } from './store.ts'

/** S3, loaded and connected to when the first object is stored. */
export function lazyObjects(
  place: { bucket: string; bucketOwner?: string | undefined },
  config: S3ClientConfig,
): Objects {
  const load = async () => {
    const { GetObjectCommand, PutObjectCommand, S3Client } = await import('../s3.ts')
    return { GetObjectCommand, PutObjectCommand, client: new S3Client({ ...config, maxAttempts: 1 }) }
  }
  let loaded: ReturnType<typeof load> | undefined
  const s3 = () => {
    loaded ??= load()
    return loaded
  }
  return {
    async create(key, { body, hash }) {
      const { client, PutObjectCommand } = await s3()
      const command = new PutObjectCommand({
        ...bucketOf(place),
        Key: key,
        Body: body,
        ContentType: 'application/gzip',
        // S3 checks it. Object Lock needs a checksum in any case:
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
        ChecksumSHA256: Buffer.from(hash, 'hex').toString('base64'),
        IfNoneMatch: '*',
      })
      await client.send(command)
    },
    async hashOf(key) {
      const { client, GetObjectCommand } = await s3()
      const { Body } = await client.send(new GetObjectCommand({ ...bucketOf(place), Key: key }))
      return hash('sha256', (await Body?.transformToByteArray()) ?? '')
    },
  }
}
