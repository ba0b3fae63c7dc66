import * as v from 'valibot'
import { topicArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'

const clientId = v.pipe(v.string(), v.regex(/^[\w.:-]{1,128}$/, 'must be one client id, without wildcards'))
const schema = v.strictObject({ topicArn, clientId: v.optional(clientId) })

/**
 * Publishing to one IoT topic. Not: subscribing, receiving, retained messages, AWS's own topics.
 *
 * @param topic ARN of the topic.
 * @param options.clientId The client id to connect with over MQTT. Without it only HTTPS can be used, which needs no
 * iot:Connect.
 * @throws {InvalidOptions} for a topic with a wildcard (IAM's or MQTT's) or one of AWS's own (`$aws/…`).
 * @see https://docs.aws.amazon.com/iot/latest/developerguide/iot-policy-actions.html
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * const topic = 'arn:aws:iot:eu-west-1:111111111111:topic/orders/created'
 * export const policy = policies.iotPublish(topic, { clientId: 'producer-1' })
 * ```
 */
export function iotPublish(topic: string, options: { clientId?: string } = {}): PolicyDocument {
  const { topicArn, clientId } = parseOptions('policies.iotPublish', schema, { ...options, topicArn: topic })
  return policy(
    allow('iot:Publish', topicArn),
    ...(clientId === undefined ? [] : [allow('iot:Connect', topicArn.replace(/:topic\/.*$/, `:client/${clientId}`))]),
  )
}
