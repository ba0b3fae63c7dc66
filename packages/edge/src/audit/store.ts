import type { S3Client } from '@aws-sdk/client-s3'
import * as v from 'valibot'

/** A bucket that an audit is kept in, and what it is reached with. */
export interface AuditStore {
  readonly client: S3Client
  readonly bucket: string
  /** What every key begins with: nothing, or a path that ends in a slash. Default: nothing. */
  readonly prefix?: string
  /** The account that has to own the bucket, 12 digits. Without it a bucket of that name in any account will do. */
  readonly bucketOwner?: string
}

/** Where an audit is kept: the part of {@link AuditStore} that is plain data. */
export const placeEntries: {
  readonly bucket: v.GenericSchema<string>
  readonly prefix: v.GenericSchema<string | undefined, string>
  readonly bucketOwner: v.GenericSchema<string | undefined>
} = {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  bucket: v.pipe(
    v.string('must be a string'),
    v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be a bucket's name"),
  ),
  prefix: v.optional(
    v.pipe(v.string('must be a string'), v.regex(/^([\w.=-]+\/)*$/, 'must be empty or a path that ends in a slash')),
    '',
  ),
  bucketOwner: v.optional(
    v.pipe(v.string('must be a string'), v.regex(/^\d{12}$/, 'must be the 12 digits of an account')),
  ),
}

/** The schema of each part of an {@link AuditStore}, for the schemas of all options that it is among. */
export const storeEntries: typeof placeEntries & { readonly client: v.GenericSchema<S3Client> } = {
  ...placeEntries,
  client: v.custom<S3Client>((client) => typeof (client as S3Client)?.send === 'function', 'must be an S3 client'),
}

/** A store, once its options have been checked. */
export interface Store {
  readonly client: S3Client
  readonly bucket: string
  readonly prefix: string
  readonly bucketOwner?: string | undefined
}

/** The parameters of every request on a store. */
export function bucketOf({ bucket, bucketOwner }: Pick<Store, 'bucket' | 'bucketOwner'>): {
  Bucket: string
  ExpectedBucketOwner?: string
} {
  return { Bucket: bucket, ...(bucketOwner !== undefined && { ExpectedBucketOwner: bucketOwner }) }
}
