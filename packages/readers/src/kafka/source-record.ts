import { isUtf8 } from 'node:buffer'
import type { SourceRecord } from '../source.ts'

/** What Kafka keeps of a record. */
export interface KafkaRecord {
  readonly position: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In milliseconds since 1970, or any number that a producer has written in its place. */
  readonly timestamp: number
  readonly headers: NonNullable<SourceRecord['headers']>
}

/** A record of Kafka, as one of any source. */
export function sourceRecord({ position, key, value, timestamp, headers }: KafkaRecord): SourceRecord {
  const time = new Date(timestamp)
  return {
    position,
    data: value ?? Buffer.alloc(0),
    ...(!Number.isNaN(time.getTime()) && { timestamp: time }),
    ...(key && (isUtf8(key) ? { key: key.toString() } : { keyBytes: key })),
    ...(value === null && { tombstone: true }),
    ...(headers.length > 0 && { headers }),
  }
}
