import { policies } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { ResourceKind } from './resource.ts'

/** What the keys of a bucket begin with, and the customer managed key that encrypts the objects, if one does. */
export interface PrefixResource {
  kind: 'prefix'
  bucket: string
  /** With its slash at the end; empty for the whole bucket. */
  prefix: string
  keyArn?: string | undefined
  /** Whether versions are read, older ones, too. */
  versions?: boolean | undefined
  region?: string | undefined
}

const schema: v.GenericSchema<unknown, PrefixResource> = v.strictObject({
  kind: v.literal('prefix'),
  bucket: v.string(),
  prefix: v.string(),
  keyArn: v.optional(v.string()),
  versions: v.optional(v.boolean()),
  region: v.optional(v.string()),
})

export const prefix: ResourceKind<PrefixResource> = {
  schema,
  hasPolicy: true,
  actions: {
    read: ({ bucket, prefix, keyArn, versions }) =>
      policies.s3Read(bucket, prefix, { ...(keyArn && { keyArn }), ...(versions && { versions }) }),
  },
  account: () => undefined,
  region: ({ region }) => region,
  describe: ({ bucket, prefix }) => (prefix === '' ? `bucket ${bucket}` : `prefix ${prefix} of bucket ${bucket}`),
}
