import { GetQueueUrlCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs'
import { UsageError } from './exit.ts'

const arn = /^arn:aws[\w-]*:sqs:[\w-]+:(?<account>\d{12}):(?<name>[\w-]{1,80}(?:\.fifo)?)$/
const name = /^[\w-]{1,80}(?:\.fifo)?$/

/** The queue URL of an edge that was given as a queue URL, a queue ARN or, in one's own account, a name. */
export async function edgeQueueUrl(edge: string, client: SQSClient): Promise<string> {
  if (/^https?:\/\//.test(edge)) return edge
  const byArn = arn.exec(edge)?.groups
  const queue = byArn ? { QueueName: byArn.name, QueueOwnerAWSAccountId: byArn.account } : { QueueName: edge }
  if (!byArn && !name.test(edge)) {
    throw new UsageError(
      `"${edge}" is no edge: expected a queue URL, a queue ARN or, in your own account, a queue's name.`,
    )
  }
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand(queue))
    if (QueueUrl !== undefined) return QueueUrl
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error
  }
  throw new UsageError(
    `There is no queue ${edge} that you may see. For an edge of another account give its URL or ARN; \`aws sqs list-queues\` shows your own.`,
  )
}
