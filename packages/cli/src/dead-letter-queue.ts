import { GetQueueAttributesCommand, ListDeadLetterSourceQueuesCommand } from '@aws-sdk/client-sqs'
import { requestFailure } from '@causeway-aws/edge'
import type { Queue } from './edge-queue.ts'

/**
 * Whether the messages of a queue are dead letters. On an edge, what a message says of its death is its sender's word.
 * A queue that names a place for its own is an edge. One that names none is taken for an edge, too, unless it is called as
 * infra/edge.yaml calls it or an edge names it: that of a node which runs its messages for ever names none.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
 */
export async function holdsDeadLetters({ client, queueUrl: QueueUrl }: Queue): Promise<boolean> {
  const policy = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] })
  const { Attributes } = (await client.send(policy).catch(unlessRefused)) ?? {}
  if (Attributes?.RedrivePolicy) return false
  if (/-dead(\.fifo)?$/.test(QueueUrl)) return true
  const edges = new ListDeadLetterSourceQueuesCommand({ QueueUrl, MaxResults: 1 })
  const { queueUrls = [] } = (await client.send(edges).catch(unlessRefused)) ?? {}
  return queueUrls.length > 0
}

/** Who may receive need not be allowed to ask, and of a queue that is not there the receive says so. */
function unlessRefused(error: unknown): undefined {
  if (requestFailure(error).retryable) throw error
}
