import * as v from 'valibot'
import { arnParts, keyArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'
import { keyUse } from './key-use.ts'
import { bucket, prefix } from './s3-prefix.ts'

/** Where an edge keeps the bodies that are too large for its queue. */
export interface LargeBodies {
  /** Name of the bucket. */
  bucket: string
  /** The edge's prefix in it, with its slash at the end. */
  prefix: string
  /** ARN of the customer managed key that encrypts the bodies. */
  keyArn: string
  /** Which end of the edge this is for. */
  access: 'send' | 'receive'
}

const schema = v.strictObject({ bucket, prefix, keyArn, access: v.picklist(['send', 'receive']) })

/**
 * The large bodies of one edge: a sender may only put them, a receiver may only get them. Not: listing, deleting, what
 * is beside the prefix.
 *
 * @throws {InvalidOptions} for an empty prefix (the bucket is not one edge's), one without its slash, wildcards, an alias instead of a key.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions (why a sender decrypts)
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * export const policy = policies.largeBodies({
 *   bucket: 'orders-bodies',
 *   prefix: 'orders/',
 *   keyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 *   access: 'send',
 * })
 * ```
 */
export function largeBodies(bodies: LargeBodies): PolicyDocument {
  const { bucket, prefix, keyArn, access } = parseOptions('policies.largeBodies', schema, bodies)
  const objects = `arn:${arnParts(keyArn).partition}:s3:::${bucket}/${prefix}*`
  const s3 = { service: 's3' }
  return access === 'receive'
    ? policy(allow('s3:GetObject', objects), keyUse('policies.largeBodies', 'kms:Decrypt', keyArn, s3))
    : policy(
        allow(['s3:PutObject', 's3:AbortMultipartUpload'], objects),
        keyUse('policies.largeBodies', ['kms:GenerateDataKey', 'kms:Decrypt'], keyArn, s3),
      )
}
