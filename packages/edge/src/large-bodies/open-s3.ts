import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'

/** S3's client, and what is asked with it. */
export type S3 = Omit<typeof import('../s3.ts'), 'S3Client'> & { readonly client: S3Client }

/** Loads S3's client, and makes one. */
export async function openS3(config: S3ClientConfig): Promise<S3> {
  const {
    S3Client,
    GetObjectCommand,
    PutObjectCommand,
    CreateMultipartUploadCommand,
    UploadPartCommand,
    CompleteMultipartUploadCommand,
    AbortMultipartUploadCommand,
  } = await import('../s3.ts')
  // We check a hash of the whole, which S3 does not have of an object in parts.
  const client = new S3Client({ responseChecksumValidation: 'WHEN_REQUIRED', ...config })
  return {
    client,
    GetObjectCommand,
    PutObjectCommand,
    CreateMultipartUploadCommand,
    UploadPartCommand,
    CompleteMultipartUploadCommand,
    AbortMultipartUploadCommand,
  }
}
