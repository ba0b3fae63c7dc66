import * as v from 'valibot'

/**
 * A valibot schema of the URL of an SQS queue, as `GetQueueUrl` answers it, for one that comes from outside. AWS's own
 * hosts must be reached over https, another one (an emulator) may be plain http, and none may hold a user's name. It is
 * an entry of a function's configuration as it stands.
 *
 * @example
 * ```ts
 * import { queueUrlSchema } from '@causeway-aws/edge'
 * import { readConfiguration } from '@causeway-aws/handler'
 *
 * export const { target } = readConfiguration(
 *   { target: queueUrlSchema },
 *   { TARGET: 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo' },
 * )
 * ```
 */
export const queueUrlSchema: v.GenericSchema<string> = v.pipe(
  v.string('must be a queue URL'),
  v.description('a queue URL'),
  v.examples(['https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo']),
  v.regex(
    /^https?:\/\/[\w.:[\]-]+\/\d{12}\/[\w-]{1,80}(\.fifo)?$/,
    'must be a queue URL such as https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo',
  ),
  v.regex(/^(?!http:\/\/[^/]*\.(amazonaws\.com|api\.aws))/i, 'must be a queue URL that begins with https'),
)

/** Whether a queue, named by URL or ARN, is FIFO: only then may, and must, its name end so. */
export function isFifo(queue: string): boolean {
  return queue.endsWith('.fifo')
}

/**
 * The URL of a queue, by its ARN. The host is that of the queue's region; a client that does not take its endpoint from
 * queue URLs (`useQueueUrlAsEndpoint: false`) goes to its own.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
 */
export function queueUrlOf(arn: string): string {
  const [, partition, , region, account, name] = arn.split(':')
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
  return `https://sqs.${region}.${domain}/${account}/${name}`
}
