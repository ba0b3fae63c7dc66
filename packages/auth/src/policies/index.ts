import { assumeRole } from './assume-role.ts'
import { edgeReceive, edgeSend } from './edge.ts'
import { iotPublish } from './iot-publish.ts'
import { kafkaRead } from './kafka-read.ts'
import { kinesisRead } from './kinesis-read.ts'
import { largeBodies } from './large-bodies.ts'
import { s3Read } from './s3-read.ts'
import { tableRows } from './table-rows.ts'

/**
 * The narrowest policy for each use. Each builder returns a {@link PolicyDocument} that allows its use and nothing
 * beside it, refuses wildcards in what it is given, and never allows anything on `*` where AWS knows a resource.
 *
 * @example
 * ```ts
 * import { assumedRole, policies } from '@causeway-aws/auth'
 *
 * export const partner = assumedRole({
 *   roleArn: 'arn:aws:iam::222222222222:role/orders-reader',
 *   policy: policies.kinesisRead('arn:aws:kinesis:eu-west-1:222222222222:stream/orders'),
 * })
 * ```
 */
export const policies: {
  readonly assumeRole: typeof assumeRole
  readonly edgeReceive: typeof edgeReceive
  readonly edgeSend: typeof edgeSend
  readonly iotPublish: typeof iotPublish
  readonly kafkaRead: typeof kafkaRead
  readonly kinesisRead: typeof kinesisRead
  readonly largeBodies: typeof largeBodies
  readonly s3Read: typeof s3Read
  readonly tableRows: typeof tableRows
} = { assumeRole, edgeReceive, edgeSend, iotPublish, kafkaRead, kinesisRead, largeBodies, s3Read, tableRows }
