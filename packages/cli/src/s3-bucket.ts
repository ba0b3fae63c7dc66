import { S3Client } from '@aws-sdk/client-s3'
import { remembering } from './aws-request.ts'
import { UsageError } from './exit.ts'
import { clientOptionsOf, type Reader, readerOf } from './reader-identity.ts'
import type { ReaderFlags } from './reader-options.ts'
import { clientLimits } from './request-limits.ts'

/** A bucket as a person named it, or its grant does. */
export interface BucketFlags extends ReaderFlags {
  bucket?: string
  prefix?: string
  bucketOwner?: string
}

/** What of a bucket is read, and what with. */
export interface Bucket {
  readonly client: S3Client
  readonly bucket: string
  readonly prefix: string
  readonly bucketOwner?: string
  readonly reader: Reader
}

/** Makes a client that is whom the flags say, and finds out what bucket is meant. */
export async function openBucket(flags: BucketFlags): Promise<Bucket> {
  const reader = await readerOf(flags)
  const { bucket = reader.grant.bucket, prefix = reader.grant.prefix ?? '', bucketOwner } = flags
  if (bucket === undefined) throw new UsageError('--bucket: say which bucket. Example: --bucket partner-exports')
  // A bucket of another region is found there.
  const options = { ...clientOptionsOf(reader), ...clientLimits, followRegionRedirects: true }
  const client = remembering(new S3Client(options))
  // What is wrong with these is said before anything is begun.
  await client.config.region()
  await client.config.credentials()
  return { client, bucket, prefix, reader, ...(bucketOwner !== undefined && { bucketOwner }) }
}
