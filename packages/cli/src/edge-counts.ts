import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { requestFailure } from '@causeway-aws/edge'
import type { Queue } from './edge-queue.ts'

/** How many messages a queue has, as SQS knows it: about, and as of the last minute. */
export interface Counts {
  /** To be received. Of a FIFO edge also those that are behind one in hand in their group. */
  waiting: number
  /** With a receiver, or hidden after a failure. */
  inHand: number
  /** Sent with a delay that is not over. */
  delayed: number
}

/** The counts of an edge, and of its dead letter queue where it names one. Of what SQS refuses to count, why. */
export interface EdgeCounts {
  counts: Counts | string
  deadLetters?: { queueUrl: string; counts: Counts | string }
}

/** Counts the messages of an edge. */
export async function countMessages({ client, queueUrl }: Queue): Promise<EdgeCounts> {
  const { counts, redrivePolicy } = await countsOf(client, queueUrl)
  const arn: unknown = JSON.parse(redrivePolicy ?? '{}').deadLetterTargetArn
  if (typeof arn !== 'string') return { counts }
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html: it is of the
  // same account and region.
  const [account, name] = arn.split(':').slice(-2)
  const deadLetterUrl = new URL(`/${account}/${name}`, queueUrl).href
  return { counts, deadLetters: { queueUrl: deadLetterUrl, counts: (await countsOf(client, deadLetterUrl)).counts } }
}

async function countsOf(
  client: SQSClient,
  QueueUrl: string,
): Promise<{ counts: Counts | string; redrivePolicy?: string | undefined }> {
  const command = new GetQueueAttributesCommand({
    QueueUrl,
    AttributeNames: [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
      'RedrivePolicy',
    ],
  })
  try {
    const { Attributes = {} } = await client.send(command)
    return {
      counts: {
        waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        inHand: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      },
      redrivePolicy: Attributes.RedrivePolicy,
    }
  } catch (error) {
    const { reason, retryable } = requestFailure(error)
    if (retryable) throw error
    // Who may receive need not be allowed to count, and of a queue that is not there the receive says so.
    return { counts: reason }
  }
}
