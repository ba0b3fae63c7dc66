import * as v from 'valibot'
import { arnParts, keyArn, streamArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'
import { keyUse } from './key-use.ts'

const schema = v.strictObject({ streamArn, keyArn: v.optional(keyArn) })

/**
 * Reading all shards of one Kinesis stream by polling. Not: writing, resharding, enhanced fan-out, other streams.
 *
 * Every action here has the stream as its resource, kinesis:ListShards too, so nothing is allowed on `*`.
 *
 * @param stream ARN of the stream.
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
export function kinesisRead(stream: string, options: { keyArn?: string } = {}): PolicyDocument {
  const { streamArn, keyArn } = parseOptions('policies.kinesisRead', schema, { ...options, streamArn: stream })
  return policy(
    allow(['kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'], streamArn),
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
