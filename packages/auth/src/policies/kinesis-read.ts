import * as v from 'valibot'
import { arnParts, consumerArn, keyArn, streamArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'
import { keyUse } from './key-use.ts'

const schema = v.pipe(
  v.strictObject({ streamArn, consumerArn: v.optional(consumerArn), keyArn: v.optional(keyArn) }),
  v.forward(
    v.partialCheck(
      [['streamArn'], ['consumerArn']],
      ({ streamArn, consumerArn }) => consumerArn?.startsWith(`${streamArn}/consumer/`) ?? true,
      'must be the ARN of a consumer of the stream',
    ),
    ['consumerArn'],
  ),
)

/**
 * Reading all shards of one Kinesis stream by polling and, by a consumer, as Kinesis pushes them (enhanced fan-out). Not:
 * writing, resharding, registering consumers, other streams.
 *
 * Every action here has the stream or the consumer as its resource, kinesis:ListShards too, so nothing is allowed on `*`.
 *
 * @param stream ARN of the stream.
 * @param options.consumerArn A consumer that is registered for the reader, if one is.
 * @param options.keyArn The customer managed key that encrypts the stream, if one does.
 * @throws {InvalidOptions} for anything but the ARN of one stream.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * export const policy = policies.kinesisRead('arn:aws:kinesis:eu-west-1:222222222222:stream/orders')
 * ```
 */
export function kinesisRead(stream: string, options: { consumerArn?: string; keyArn?: string } = {}): PolicyDocument {
  const { streamArn, consumerArn, keyArn } = parseOptions('policies.kinesisRead', schema, {
    ...options,
    streamArn: stream,
  })
  return policy(
    allow(['kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'], streamArn),
    ...(consumerArn === undefined ? [] : [allow(['kinesis:SubscribeToShard'], consumerArn)]),
    ...(keyArn === undefined
      ? []
      : [
          keyUse('policies.kinesisRead', 'kms:Decrypt', keyArn, {
            service: 'kinesis',
            region: arnParts(streamArn).region,
          }),
        ]),
  )
}
