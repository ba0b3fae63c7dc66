import type { KinesisStreamBatchResponse } from 'aws-lambda'
import * as v from 'valibot'
import { type DeliveryOptions, deliver } from '../delivery.ts'
import { partsOf } from '../parts.ts'
import type { Partition } from '../source.ts'
import { expanded, maxExpandedBytes } from './expand.ts'
import { parsePosition } from './position.ts'
import { recordsIn } from './records-in.ts'

/** Records of one shard, as an event source mapping brings them. */
export interface KinesisEvent {
  readonly Records: readonly {
    /** `shardId-000000000000:SEQUENCE` */
    readonly eventID: string
    readonly kinesis: {
      readonly data: string
      readonly partitionKey: string
      readonly sequenceNumber: string
      /** In seconds since 1970. */
      readonly approximateArrivalTimestamp: number
    }
  }[]
}

export const kinesisEvent: v.GenericSchema<KinesisEvent> = v.object({
  Records: v.pipe(
    v.array(
      v.object({
        eventSource: v.literal('aws:kinesis'),
        eventID: v.pipe(v.string(), v.regex(/^.+:\d+$/)),
        kinesis: v.object({
          data: v.string(),
          partitionKey: v.string(),
          sequenceNumber: v.pipe(v.string(), v.regex(/^\d{1,128}$/)),
          approximateArrivalTimestamp: v.number(),
        }),
      }),
    ),
    v.minLength(1),
  ),
})

/**
 * Delivers the records of an event, and answers the first that is not done: the mapping goes on from there. It needs
 * `FunctionResponseTypes: [ReportBatchItemFailures]`, else every record counts as done.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export async function deliverKinesisEvent(
  { Records }: KinesisEvent,
  delivery: DeliveryOptions<Partition>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<KinesisStreamBatchResponse> {
  const [first] = Records
  const id = first?.eventID.split(':')[0] ?? ''
  const taken = Records.map(({ kinesis }) => ({
    Data: Buffer.from(kinesis.data, 'base64'),
    PartitionKey: kinesis.partitionKey,
    SequenceNumber: kinesis.sequenceNumber,
    ApproximateArrivalTimestamp: new Date(kinesis.approximateArrivalTimestamp * 1_000),
  }))
  let next = first?.kinesis.sequenceNumber ?? ''
  try {
    // Of what range of keys the shard is an event does not say.
    for await (const { records } of expanded(recordsIn(taken), maxExpandedBytes)) {
      for (const part of partsOf(records, delivery.batchRecords ?? records.length)) {
        next = part[0]?.position ?? next
        await deliver(part, delivery, { partition: { id, after: [] }, signal }, async (position) => {
          next = part[part.findIndex((record) => record.position === position) + 1]?.position ?? next
        })
      }
    }
    return { batchItemFailures: [] }
  } catch (error) {
    onError(error)
    return { batchItemFailures: [{ itemIdentifier: parsePosition(next).sequenceNumber }] }
  }
}
