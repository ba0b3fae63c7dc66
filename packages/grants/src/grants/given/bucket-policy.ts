import { arnParts } from '@causeway-aws/auth'
import type { GrantClients } from '../clients.ts'
import { type PolicyHolder, stackTag } from './policy-holder.ts'

/** The policy of an S3 bucket. */
export function bucketPolicy(
  arn: string,
  { s3 }: Pick<GrantClients, 's3'>,
  account: string,
  region?: string,
): PolicyHolder {
  const { resource: Bucket } = arnParts(arn)
  // Names of buckets are everybody's: one that we take for ours may be another's.
  const bucket = { Bucket, ExpectedBucketOwner: account }
  const sdk = () => import('@aws-sdk/client-s3')
  return {
    arn,
    name: `bucket ${Bucket}`,
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel ("bucket configurations")
    delay: 'some time, which S3 does not say',
    async read() {
      const { GetBucketPolicyCommand } = await sdk()
      const client = await s3({ region })
      return await client
        .send(new GetBucketPolicyCommand(bucket))
        .then(({ Policy }) => Policy, unless('NoSuchBucketPolicy'))
    },
    async write(policy) {
      const { DeleteBucketPolicyCommand, PutBucketPolicyCommand } = await sdk()
      const client = await s3({ region })
      if (policy === undefined) await client.send(new DeleteBucketPolicyCommand(bucket))
      else await client.send(new PutBucketPolicyCommand({ ...bucket, Policy: policy }))
    },
    async stack() {
      const { GetBucketTaggingCommand } = await sdk()
      const client = await s3({ region })
      const tagging = await client.send(new GetBucketTaggingCommand(bucket)).catch(unless('NoSuchTagSet'))
      return tagging?.TagSet?.find(({ Key }) => Key === stackTag)?.Value
    },
  }
}

const unless = (name: string) => (error: unknown) => {
  if (error instanceof Error && error.name === name) return undefined
  throw error
}
