import type { S3Client } from '@aws-sdk/client-s3'

/** A bucket, and what it is reached with. */
export interface Bucket {
  readonly client: S3Client
  readonly bucket: string
  readonly bucketOwner?: string | undefined
  /** How long, in milliseconds, S3 may fail before that is an error. */
  readonly patience: number
}

/** The parameters of every request on a bucket. */
export function named({ bucket, bucketOwner }: Bucket): { Bucket: string; ExpectedBucketOwner?: string } {
  return { Bucket: bucket, ...(bucketOwner !== undefined && { ExpectedBucketOwner: bucketOwner }) }
}
