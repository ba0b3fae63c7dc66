import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs'
import { parseOptions } from '@causeway-aws/auth'
import { queueUrlSchema } from '@causeway-aws/edge'
import { remembering } from './aws-request.ts'
import { credentialsOf } from './credentials.ts'
import { UsageError } from './exit.ts'
import type { IdentityFlags } from './identity.ts'
import { requestLimits } from './request-limits.ts'

const arn = /^arn:(?<partition>aws[\w-]*):sqs:(?<region>[\w-]+):(?<account>\d{12}):(?<name>[\w-]{1,80}(?:\.fifo)?)$/
const name = /^[\w-]{1,80}(?:\.fifo)?$/

/** What to do about a queue that is not there. */
export const mindTheQueue: string = "Mind the queue's name, account and region; `aws sqs list-queues` shows your own."

/** An edge as a person named it, and who they are to it. */
export interface EdgeFlags extends IdentityFlags {
  edge: string
}

/** A client and the queue to use it on. */
export interface Queue {
  readonly client: SQSClient
  readonly queueUrl: string
}

/** Finds the queue of an edge, and makes a client that is whom the flags say. */
export async function openEdge({ edge, ...flags }: EdgeFlags): Promise<Queue> {
  const credentials = credentialsOf(flags)
  // createEdge tries again itself, and a person would rather see a refusal than wait.
  const client = remembering(
    new SQSClient({
      maxAttempts: 1,
      // The SDK would say with each request that the host of a queue URL is not the one of the region.
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      // SQS's own answer may take the 20 seconds of a receive.
      requestHandler: requestLimits,
      ...(flags.region && { region: flags.region }),
      ...(credentials && { credentials }),
    }),
  )
  const queueUrl = await edgeQueueUrl(edge, client)
  // Or what is wrong with them would be said of each message.
  await client.config.credentials()
  return { client, queueUrl }
}

/** The queue URL of an edge that was given as a queue URL, a queue ARN or, in one's own account, a name. */
async function edgeQueueUrl(edge: string, client: SQSClient): Promise<string> {
  if (/^https?:\/\//.test(edge)) return parseOptions('<edge>', queueUrlSchema, edge)
  const parts = arn.exec(edge)?.groups
  // Not asked of SQS: a sender of another account may send and nothing else.
  if (parts) return `${endpointOf(parts)}/${parts.account}/${parts.name}`
  if (!name.test(edge)) {
    throw new UsageError(
      `"${edge}" is no edge: expected a queue URL, a queue ARN or, in your own account, a queue's name.`,
    )
  }
  const queueUrl = await ownQueue(edge, client)
  if (queueUrl !== undefined) return queueUrl
  const other = edge.endsWith('.fifo') ? edge.replace(/\.fifo$/, '') : `${edge}.fifo`
  // A guess, of which nobody needs to hear that it could not be asked.
  const isOther = name.test(other) && (await ownQueue(other, client).catch(() => undefined)) !== undefined
  throw new Error(
    isOther
      ? `There is no queue ${edge} in your own account, but there is ${other}.`
      : `There is no queue ${edge} in your own account. For an edge of another account give its URL or ARN; \`aws sqs list-queues\` shows your own.`,
  )
}

async function ownQueue(QueueName: string, client: SQSClient): Promise<string | undefined> {
  try {
    return (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined
    throw error
  }
}

/** Refuses an edge whose ARN or URL names another region than its client's, where the edge's triggers would not be found. */
export async function refuseOtherRegion(edge: string, client: SQSClient): Promise<void> {
  const region = arn.exec(edge)?.groups?.region ?? /^https:\/\/sqs\.([\w-]+)\.amazonaws\.com/.exec(edge)?.[1]
  const own = await client.config.region()
  if (region === undefined || region === own) return
  throw new UsageError(`${edge} is in ${region}, and the region is ${own}. Give --region ${region}.`)
}

/** https://docs.aws.amazon.com/general/latest/gr/sqs-service.html, unless the SDK is told of another endpoint. */
function endpointOf({ partition, region }: Record<string, string>): string {
  const other = process.env.AWS_ENDPOINT_URL_SQS || process.env.AWS_ENDPOINT_URL
  return (other ?? `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`).replace(/\/$/, '')
}
