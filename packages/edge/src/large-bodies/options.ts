import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { countSchema } from '../count.ts'
import { mostParts, partBytes } from './parts.ts'

/** Where an edge keeps the bodies that are too large for its queue. */
export interface LargeBodiesOptions {
  /** Name of the bucket. */
  readonly bucket: string
  /** The edge's prefix in it, with its slash at the end. No object that is not directly under it is ever touched. */
  readonly prefix: string
  /** Account of the edge's owner, 12 digits. S3 refuses each request if the bucket is another account's. */
  readonly bucketOwner: string
  /** ARN of the KMS key that a stored body is encrypted with. Default: as the bucket is set up. */
  readonly kmsKeyId?: string
  /** The largest body as it is stored, compressed, in bytes; 52,428,800,000 at most. Default: 5,000,000,000. */
  readonly maxBytes?: number
  /** The largest body, expanded, in bytes. Default: 1 GiB. */
  readonly maxExpandedBytes?: number
  /** The largest body that `read` makes a string of, expanded, in bytes. Default: 4 MiB. */
  readonly maxInlineBytes?: number
  /** What the S3 client is made with when it is first needed: `credentials` of the owner's role, `region`. */
  readonly client?: S3ClientConfig
}

const schema = v.strictObject({
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  bucket: v.pipe(
    v.string('must be a string'),
    v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  ),
  prefix: v.pipe(
    v.string('must be a string'),
    v.regex(/^(?!.{513})(?:[\w-][\w.-]*\/)+$/, 'must be a prefix with a slash at its end, as orders/'),
  ),
  bucketOwner: v.pipe(v.string('must be a string'), v.regex(/^\d{12}$/, 'must be an account of 12 digits')),
  kmsKeyId: v.optional(v.pipe(v.string('must be a string'), v.nonEmpty('must be the ARN of a key'))),
  maxBytes: v.optional(
    v.pipe(
      countSchema,
      v.maxValue(mostParts * partBytes, `must be ${mostParts * partBytes} or less, as S3 takes it in parts`),
    ),
    5_000_000_000,
  ),
  maxExpandedBytes: v.optional(countSchema, 1024 ** 3),
  maxInlineBytes: v.optional(countSchema, 4 * 1024 ** 2),
  client: v.optional(
    v.custom<S3ClientConfig>(
      (client) => typeof client === 'object' && client !== null,
      'must be options of an S3 client',
    ),
    {},
  ),
})

/** Options with what is left out filled in. */
export type LargeBodiesSettings = Required<Omit<LargeBodiesOptions, 'kmsKeyId'>> & {
  readonly kmsKeyId?: string | undefined
}

/** @throws {InvalidOptions} naming the option. */
export function parseLargeBodies(options: LargeBodiesOptions): LargeBodiesSettings {
  return parseOptions('createLargeBodies', schema, options)
}
