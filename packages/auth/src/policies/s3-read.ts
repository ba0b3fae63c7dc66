import * as v from 'valibot'
import { keyArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'
import { keyUse } from './key-use.ts'
import { bucket, prefixOrWholeBucket } from './s3-prefix.ts'

const schema = v.strictObject({
  bucket,
  prefix: prefixOrWholeBucket,
  keyArn: v.optional(keyArn),
  versions: v.optional(v.boolean(), false),
  partition: v.optional(v.picklist(['aws', 'aws-cn', 'aws-us-gov']), 'aws'),
})

/** What is not said by the bucket's name. */
export interface S3ReadOptions {
  /** The customer managed key that encrypts the objects, if one does. */
  keyArn?: string
  /** Whether versions are listed and read, older ones, too, and not only what is there now. Default: false. */
  versions?: boolean
  /** The partition the bucket is in. Default: `aws`. */
  partition?: 'aws' | 'aws-cn' | 'aws-us-gov'
}

/**
 * Listing and reading the objects under one prefix of a bucket. Not: what is beside the prefix, writing, deleting; older
 * versions only with `versions`.
 *
 * @param bucketName Name of the bucket.
 * @param keyPrefix The prefix with its slash at the end (`orders/`), or '' for the whole bucket.
 * @throws {InvalidOptions} for a bucket's ARN, a prefix without its slash, wildcards.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * export const policy = policies.s3Read('partner-exports', 'orders/')
 * ```
 */
export function s3Read(bucketName: string, keyPrefix: string, options: S3ReadOptions = {}): PolicyDocument {
  const input = { ...options, bucket: bucketName, prefix: keyPrefix }
  const { bucket, prefix, keyArn, versions, partition } = parseOptions('policies.s3Read', schema, input)
  // A request that lists the whole bucket has no prefix, and no StringLike holds for a key that is not there:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
  const listing = prefix === '' ? undefined : { StringLike: { 's3:prefix': `${prefix}*` } }
  return policy(
    allow(
      versions ? ['s3:ListBucket', 's3:ListBucketVersions'] : 's3:ListBucket',
      `arn:${partition}:s3:::${bucket}`,
      listing,
    ),
    allow(
      versions ? ['s3:GetObject', 's3:GetObjectVersion'] : 's3:GetObject',
      `arn:${partition}:s3:::${bucket}/${prefix}*`,
    ),
    ...(keyArn === undefined ? [] : [keyUse('policies.s3Read', 'kms:Decrypt', keyArn, { service: 's3' })]),
  )
}
