import { createLargeBodies, type LargeBodies } from '@causeway-aws/edge'
import type { BodyFlags } from './body-options.ts'
import { credentialsOf } from './credentials.ts'
import { UsageError } from './exit.ts'
import type { IdentityFlags } from './identity.ts'
import { transferLimits } from './request-limits.ts'

/** The large bodies of an edge, where a person has named its bucket. What else there is to say follows from infra/edge.yaml. */
export function bodiesOf(queueUrl: string, flags: BodyFlags & IdentityFlags): LargeBodies | undefined {
  const { bodiesBucket: bucket, bodiesPrefix, bodiesBucketOwner, region } = flags
  if (bucket === undefined) {
    if (bodiesPrefix === undefined && bodiesBucketOwner === undefined) return undefined
    throw new UsageError(
      '--bodies-prefix, --bodies-bucket-owner: there is no bucket that they hold for. Add --bodies-bucket.',
    )
  }
  const [account = '', name = ''] = new URL(queueUrl).pathname.split('/').slice(-2)
  const credentials = credentialsOf(flags)
  return createLargeBodies({
    bucket,
    prefix: bodiesPrefix ?? `${name.replace(/(-dead)?(\.fifo)?$/, '')}/`,
    bucketOwner: bodiesBucketOwner ?? account,
    client: { ...transferLimits, ...(region && { region }), ...(credentials && { credentials }) },
  })
}
