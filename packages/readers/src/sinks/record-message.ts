import { hash } from 'node:crypto'
import { CausewayError } from '@causeway-aws/auth'
import { createMessage, type Message } from '@causeway-aws/edge'
import type { SourceRecord } from '../source.ts'

/** How the body of a message says what a record holds. */
export type RecordEncoding =
  /** The record itself, which has to be text. */
  | 'text'
  /** The record in base64. */
  | 'base64'
  /** JSON of the record in base64 and of all that is known of it: `source`, `partition`, `position`, `key` (or `keyBase64`), `timestamp`, `headers`. */
  | 'envelope'

/** Where a record comes from, and what becomes of it. */
export interface RecordMessageOptions {
  /** `name` of the source. */
  readonly source: string
  /** `id` of the partition. */
  readonly partition: string
  readonly type: string
  /** Default: `text`. */
  readonly encoding?: RecordEncoding
}

/** A record cannot be a message as it is. Another encoding may do. */
export class RecordEncodingError extends CausewayError {
  constructor(fault: string) {
    super(`The record is ${fault}, so it cannot be the body of a message; use the encoding base64 or envelope.`, {
      code: 'RecordEncodingError',
    })
  }
}

/**
 * The message that a record is sent as. Its tracking id follows from where the record is, so that a record which is read
 * again is the same message, and is taken once. Its group is the record's key, or else its partition: records of one key
 * are in one partition, and so keep their order.
 *
 * @throws {RecordEncodingError} when the record is no text, or none of the characters that SQS takes, and was to be one.
 *
 * @example
 * ```ts
 * import type { Message } from '@causeway-aws/edge'
 * import { recordMessage } from '@causeway-aws/readers'
 *
 * const record = { position: '1234', key: 'customer-7', data: Buffer.from('{"id":7}') }
 * export const order: Message = recordMessage(record, { source: 'kafka:orders', partition: '0', type: 'order' })
 * ```
 */
export function recordMessage(record: SourceRecord, options: RecordMessageOptions): Message {
  const { source, partition, type, encoding = 'text' } = options
  return createMessage({
    type,
    body: bodyOf(record, encoding, { source, partition }),
    trackingId: idOf([source, partition, record.position]),
    groupId: groupOf(record.key ?? record.keyBytes ?? partition),
  })
}

/** The key of an object of S3 may hold a line break. No position does, so the parts of one source are told apart all the same. */
export const idOf = (parts: readonly string[]): string => hash('sha256', parts.join('\n'), 'hex').slice(0, 32)

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html ("Message group ID") */
const groupOf = (key: string | Uint8Array): string =>
  typeof key === 'string' && /^[!-~]{1,128}$/.test(key) ? key : hash('sha256', key, 'hex')

/** What is known of a record, and the record in base64. */
export function envelopeOf(record: SourceRecord, origin: object): object {
  const { position, key, keyBytes, timestamp, headers, tombstone } = record
  return {
    ...origin,
    position,
    ...(key !== undefined && { key }),
    ...(keyBytes && { keyBase64: base64(keyBytes) }),
    ...(timestamp && { timestamp: timestamp.toISOString() }),
    ...(headers && { headers: headers.map(([name, value]) => [name, value && base64(value)]) }),
    ...(tombstone && { tombstone }),
    data: base64(record.data),
  }
}

function bodyOf(record: SourceRecord, encoding: RecordEncoding, origin: object): string {
  if (encoding === 'envelope') return JSON.stringify(envelopeOf(record, origin))
  if (record.data.length === 0) throw new RecordEncodingError('empty')
  if (encoding === 'base64') return base64(record.data)
  try {
    return utf8.decode(record.data)
  } catch {
    throw new RecordEncodingError('not text in UTF-8')
  }
}

// It would leave out a byte order mark.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
