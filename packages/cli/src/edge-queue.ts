import { GetQueueUrlCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs'
import { UsageError } from './exit.ts'

const arn = /^arn:(?<partition>aws[\w-]*):sqs:(?<region>[\w-]+):(?<account>\d{12}):(?<name>[\w-]{1,80}(?:\.fifo)?)$/
const name = /^[\w-]{1,80}(?:\.fifo)?$/

/** The queue URL of an edge that was given as a queue URL, a queue ARN or, in one's own account, a name. */
export async function edgeQueueUrl(edge: string, client: SQSClient): Promise<string> {
  if (/^https?:\/\//.test(edge)) return edge
  const parts = arn.exec(edge)?.groups
  // Not asked of SQS: a sender of another account may send and nothing else.
  if (parts) return `${endpointOf(parts)}/${parts.account}/${parts.name}`
  if (!name.test(edge)) {
    throw new UsageError(
      `"${edge}" is no edge: expected a queue URL, a queue ARN or, in your own account, a queue's name.`,
    )
  }
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: edge }))
    if (QueueUrl !== undefined) return QueueUrl
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error
  }
  throw new UsageError(
    `There is no queue ${edge} in your own account. For an edge of another account give its URL or ARN; \`aws sqs list-queues\` shows your own.`,
  )
}

/** https://docs.aws.amazon.com/general/latest/gr/sqs-service.html, unless the SDK is told of another endpoint. */
function endpointOf({ partition, region }: Record<string, string>): string {
  const other = process.env.AWS_ENDPOINT_URL_SQS || process.env.AWS_ENDPOINT_URL
  return (other ?? `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`).replace(/\/$/, '')
}
