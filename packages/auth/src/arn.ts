import * as v from 'valibot'

// No pattern below admits `*`, `?` or `${`: an input that carries its own wildcard would widen the policy made from it.
const region = '[a-z]{2}(?:-[a-z]+)+-\\d'
const account = '\\d{12}'

function arn(what: string, service: string, scope: string, resource: string, example: string): ArnSchema {
  const pattern = new RegExp(`^arn:(?:aws|aws-cn|aws-us-gov):${service}:${scope}:${resource}$`)
  return v.pipe(v.string(), v.regex(pattern, `must be the ARN of ${what}, without wildcards: ${example}`))
}

/** A schema that admits the ARNs of one kind of resource. */
export type ArnSchema = v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, string>]>

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html has the lengths and characters of names.
// A path's own characters without `*`, `?`, `$` and the slash that ends each part of it.
const path = '(?:[!-#%-)+-.0->@-~]+/)*'
const iamName = '[\\w+=,.@-]{1,64}'

export const roleArn: ArnSchema = arn(
  'a role',
  'iam',
  `:${account}`,
  `role/${path}${iamName}`,
  'arn:aws:iam::111111111111:role/orders-sender',
)
export const principalArn: ArnSchema = arn(
  'a role or a user',
  'iam',
  `:${account}`,
  `(?:role|user)/${path}${iamName}`,
  'arn:aws:iam::222222222222:role/orders-sender',
)
export const managedPolicyArn: ArnSchema = arn(
  'a managed policy',
  'iam',
  `:(?:${account}|aws)`,
  `policy/${path}[\\w+=,.@-]{1,128}`,
  'arn:aws:iam::aws:policy/ReadOnlyAccess',
)
export const queueArn: ArnSchema = arn(
  'a queue',
  'sqs',
  `${region}:${account}`,
  '[\\w-]{1,80}(?:\\.fifo)?',
  'arn:aws:sqs:eu-west-1:111111111111:orders.fifo',
)
// Not an alias: a policy's Resource names a key by its id.
// https://docs.aws.amazon.com/kms/latest/developerguide/cmks-in-iam-policies.html
export const keyArn: ArnSchema = arn(
  'a KMS key (not of an alias)',
  'kms',
  `${region}:${account}`,
  'key/[0-9A-Za-z-]{1,64}',
  'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
)
export const streamArn: ArnSchema = arn(
  'a Kinesis stream',
  'kinesis',
  `${region}:${account}`,
  'stream/[\\w.-]{1,128}',
  'arn:aws:kinesis:eu-west-1:222222222222:stream/orders',
)
export const consumerArn: ArnSchema = arn(
  'a consumer of a Kinesis stream',
  'kinesis',
  `${region}:${account}`,
  'stream/[\\w.-]{1,128}/consumer/[\\w.-]{1,128}:\\d+',
  'arn:aws:kinesis:eu-west-1:222222222222:stream/orders/consumer/reader:1764000000',
)
export const clusterArn: ArnSchema = arn(
  'an MSK cluster',
  'kafka',
  `${region}:${account}`,
  'cluster/[\\w.-]{1,64}/[0-9a-zA-Z-]{1,64}',
  'arn:aws:kafka:eu-west-1:222222222222:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-2',
)
// AWS's own topics begin with $ and are nobody's to share; + and # would be MQTT's wildcards.
export const topicArn: ArnSchema = arn(
  'an IoT topic (none of AWS’s own, which begin with $)',
  'iot',
  `${region}:${account}`,
  'topic/(?!\\$)[^*?+#$\\s]{1,256}',
  'arn:aws:iot:eu-west-1:111111111111:topic/orders/created',
)
export const tableArn: ArnSchema = arn(
  'a DynamoDB table',
  'dynamodb',
  `${region}:${account}`,
  'table/[\\w.-]{3,255}',
  'arn:aws:dynamodb:eu-west-1:111111111111:table/orders',
)

/** The parts of an ARN. A resource may hold colons of its own. */
export interface ArnParts {
  partition: string
  service: string
  region: string
  account: string
  resource: string
}

/**
 * Takes an ARN apart. What is no ARN gives empty parts.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 *
 * @example
 * ```ts
 * import { arnParts } from '@causeway-aws/auth'
 *
 * export const { account, region } = arnParts('arn:aws:sqs:eu-west-1:111111111111:orders.fifo')
 * ```
 */
export function arnParts(arn: string): ArnParts {
  const [, partition = '', service = '', region = '', account = '', ...resource] = arn.split(':')
  return { partition, service, region, account, resource: resource.join(':') }
}
