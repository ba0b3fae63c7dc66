import { arnParts } from '@causeway-aws/auth'
import type { GrantClients } from '../clients.ts'
import { type PolicyHolder, stackTag } from './policy-holder.ts'

/** The policy of a KMS key, which has exactly one, of this name. */
const PolicyName = 'default'

export function keyPolicy(arn: string, { kms }: Pick<GrantClients, 'kms'>): PolicyHolder {
  const { region, resource } = arnParts(arn)
  const sdk = () => import('@aws-sdk/client-kms')
  return {
    arn,
    name: resource.replace('/', ' '),
    // https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency
    delay: 'seconds as a rule, and some minutes at most',
    async read() {
      const { GetKeyPolicyCommand } = await sdk()
      const client = await kms({ region })
      return (await client.send(new GetKeyPolicyCommand({ KeyId: arn, PolicyName }))).Policy
    },
    async write(policy) {
      const { PutKeyPolicyCommand } = await sdk()
      const client = await kms({ region })
      await client.send(new PutKeyPolicyCommand({ KeyId: arn, PolicyName, Policy: policy }))
    },
    async stack() {
      const { paginateListResourceTags } = await sdk()
      for await (const { Tags = [] } of paginateListResourceTags({ client: await kms({ region }) }, { KeyId: arn })) {
        const tag = Tags.find(({ TagKey }) => TagKey === stackTag)
        if (tag !== undefined) return tag.TagValue
      }
      return undefined
    },
  }
}
