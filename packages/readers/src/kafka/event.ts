import * as v from 'valibot'
import { type DeliveryOptions, deliver } from '../delivery.ts'
import type { Partition, SourceRecord } from '../source.ts'
import { sourceRecord } from './source-record.ts'

/** Records of a topic, by their partitions, as an event source mapping brings them. */
export interface KafkaEvent {
  readonly eventSource: 'aws:kafka' | 'SelfManagedKafka'
  /** By `TOPIC-PARTITION`. */
  readonly records: Readonly<Record<string, readonly KafkaEventRecord[]>>
}

interface KafkaEventRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** In milliseconds since 1970. */
  readonly timestamp: number
  /** This and the value are in base64. */
  readonly key?: string | null | undefined
  readonly value?: string | null | undefined
  /** Each of one header, as its bytes. */
  readonly headers?: readonly Readonly<Record<string, readonly number[]>>[] | undefined
}

const record: v.GenericSchema<KafkaEventRecord> = v.object({
  topic: v.string(),
  partition: v.number(),
  offset: v.number(),
  timestamp: v.number(),
  key: v.optional(v.nullable(v.string())),
  value: v.optional(v.nullable(v.string())),
  headers: v.optional(v.array(v.record(v.string(), v.array(v.number())))),
})

export const kafkaEvent: v.GenericSchema<KafkaEvent> = v.object({
  eventSource: v.picklist(['aws:kafka', 'SelfManagedKafka']),
  records: v.record(v.string(), v.array(record)),
})

/**
 * Delivers the records of an event, partitions side by side. What fails makes it reject: the mapping brings the whole
 * event again, and what was sent of it is sent again under the same tracking ids.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
export async function deliverKafkaEvent(
  { records }: KafkaEvent,
  delivery: DeliveryOptions<Partition>,
  signal: AbortSignal,
): Promise<void> {
  // Who has answered is frozen by Lambda: what it still does then goes on beside what is brought again.
  const ends = await Promise.allSettled(
    Object.values(records).map(async (ofPartition) => {
      const id = `${ofPartition[0]?.partition}`
      await deliver(ofPartition.map(recordOf), delivery, { partition: { id, after: [] }, signal }, async () => {})
    }),
  )
  const failure = ends.find((end) => end.status === 'rejected')
  if (failure) throw failure.reason
}

function recordOf({ offset, timestamp, key, value, headers = [] }: KafkaEventRecord): SourceRecord {
  const listed = headers.flatMap((header) => Object.entries(header))
  return sourceRecord({
    position: `${offset}`,
    key: bytesOf(key),
    value: bytesOf(value),
    timestamp,
    headers: listed.map(([name, bytes]) => [name, Uint8Array.from(bytes)] as const),
  })
}

const bytesOf = (base64: string | null | undefined): Buffer | null =>
  base64 == null ? null : Buffer.from(base64, 'base64')
