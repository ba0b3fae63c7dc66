import * as v from 'valibot'
import { clusterArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'

// https://kafka.apache.org/documentation/#design_topicnaming; a group is anything, but must not widen the policy.
const topic = v.pipe(v.string(), v.regex(/^[\w.-]{1,249}$/, 'must be the name of one topic, without wildcards'))
const group = v.pipe(
  v.string(),
  v.regex(/^[\w.:@-]{1,255}$/, 'must be the name of one consumer group, without wildcards'),
)
const schema = v.strictObject({ clusterArn, topic, group, bootstrapBrokers: v.optional(v.boolean(), false) })

/**
 * Reading one topic of an MSK cluster in one consumer group, with MSK's IAM access control. Not: writing, other topics
 * and groups, creating anything.
 *
 * @param cluster ARN of the cluster.
 * @param options.bootstrapBrokers Also look up the brokers' addresses. That action knows no resource, so AWS requires
 * `*` for it: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html
 * Default: false; the brokers are configured.
 * @throws {InvalidOptions} for anything but one cluster, one topic, one group.
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * const cluster = 'arn:aws:kafka:eu-west-1:222222222222:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-2'
 * export const policy = policies.kafkaRead(cluster, 'orders', 'causeway-orders')
 * ```
 */
export function kafkaRead(
  cluster: string,
  topicName: string,
  groupName: string,
  options: { bootstrapBrokers?: boolean } = {},
): PolicyDocument {
  const input = { ...options, clusterArn: cluster, topic: topicName, group: groupName }
  const { clusterArn, topic, group, bootstrapBrokers } = parseOptions('policies.kafkaRead', schema, input)
  return policy(
    allow('kafka-cluster:Connect', clusterArn),
    allow(
      ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
      `${clusterArn.replace(':cluster/', ':topic/')}/${topic}`,
    ),
    allow(
      ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      `${clusterArn.replace(':cluster/', ':group/')}/${group}`,
    ),
    ...(bootstrapBrokers ? [allow('kafka:GetBootstrapBrokers', '*')] : []),
  )
}
