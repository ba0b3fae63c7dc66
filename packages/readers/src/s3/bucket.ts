import type { S3Client } from '@aws-sdk/client-s3'
import type { Patience } from '../persistently.ts'

/** A bucket, and what it is reached with. */
export interface Bucket {
  readonly client: S3Client
  readonly bucket: string
  readonly bucketOwner?: string | undefined
  readonly patience: Patience
}

/** The parameters of every request on a bucket. */
export function named({ bucket, bucketOwner }: Bucket): { Bucket: string; ExpectedBucketOwner?: string } {
  return { Bucket: bucket, ...(bucketOwner !== undefined && { ExpectedBucketOwner: bucketOwner }) }
}
