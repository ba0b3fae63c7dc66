import * as v from 'valibot'
import { arnParts, keyArn, queueArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'
import { keyUse } from './key-use.ts'

/** An edge: its queue, and the customer managed key that encrypts it. */
export interface EdgeResources {
  /** ARN of the queue. */
  queueArn: string
  /** ARN of the key. One belongs to the other: the commonest mistake across accounts is a right to the queue alone. */
  keyArn: string
}

const schema = v.strictObject({ queueArn, keyArn })

/**
 * Sending to an edge: its queue and its key together. Not: receiving, deleting, looking at the queue.
 *
 * SQS asks for kms:Decrypt of a sender too, to verify a data key before it uses it again.
 *
 * @throws {InvalidOptions} for an ARN that is not one queue and one key of the same region.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * export const policy = policies.edgeSend({
 *   queueArn: 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo',
 *   keyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 * })
 * ```
 */
export function edgeSend(edge: EdgeResources): PolicyDocument {
  return onEdge('policies.edgeSend', edge, 'sqs:SendMessage', ['kms:GenerateDataKey', 'kms:Decrypt'])
}

/**
 * Receiving from an edge, as a process or as a Lambda event source mapping does it: its queue and its key together.
 * Not: sending, purging, redriving. The queue's tags say a process that the edge is paused, if it is of the queue's own
 * account: SQS shows them to nobody else.
 *
 * @throws {InvalidOptions} for an ARN that is not one queue and one key of the same region.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * export const policy = policies.edgeReceive({
 *   queueArn: 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo',
 *   keyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 * })
 * ```
 */
export function edgeReceive(edge: EdgeResources): PolicyDocument {
  const actions = [
    'sqs:ReceiveMessage',
    'sqs:DeleteMessage',
    'sqs:ChangeMessageVisibility',
    'sqs:GetQueueAttributes',
    'sqs:ListQueueTags',
  ]
  return onEdge('policies.edgeReceive', edge, actions, 'kms:Decrypt')
}

function onEdge(
  who: string,
  edge: EdgeResources,
  queueActions: string | readonly string[],
  keyActions: string | readonly string[],
): PolicyDocument {
  const { queueArn, keyArn } = parseOptions(who, schema, edge)
  const { region } = arnParts(queueArn)
  return policy(allow(queueActions, queueArn), keyUse(who, keyActions, keyArn, { service: 'sqs', region }))
}
