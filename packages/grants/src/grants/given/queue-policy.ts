import type { SQSClient } from '@aws-sdk/client-sqs'
import { arnParts } from '@causeway-aws/auth'
import type { GrantClients } from '../clients.ts'
import { type PolicyHolder, stackTag } from './policy-holder.ts'

/** The policy of an SQS queue. */
export function queuePolicy(arn: string, { sqs }: Pick<GrantClients, 'sqs'>): PolicyHolder {
  const { account, region, resource } = arnParts(arn)
  let opened: Promise<{ client: SQSClient; QueueUrl: string }> | undefined
  const sdk = () => import('@aws-sdk/client-sqs')
  const open = () => {
    opened ??= (async () => {
      const client = await sqs({ region })
      const { GetQueueUrlCommand } = await sdk()
      const { QueueUrl = '' } = await client.send(
        new GetQueueUrlCommand({ QueueName: resource, QueueOwnerAWSAccountId: account }),
      )
      return { client, QueueUrl }
    })()
    return opened
  }
  return {
    arn,
    name: `queue ${resource}`,
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    delay: 'up to 60 seconds',
    async read() {
      const { GetQueueAttributesCommand } = await sdk()
      const { client, QueueUrl } = await open()
      const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }))
      return Attributes?.Policy || undefined
    },
    async write(policy = '') {
      const { SetQueueAttributesCommand } = await sdk()
      const { client, QueueUrl } = await open()
      await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy } }))
    },
    async stack() {
      const { ListQueueTagsCommand } = await sdk()
      const { client, QueueUrl } = await open()
      const { Tags } = await client.send(new ListQueueTagsCommand({ QueueUrl }))
      return Tags?.[stackTag]
    },
  }
}
