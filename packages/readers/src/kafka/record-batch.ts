import { isUtf8 } from 'node:buffer'
import type { KafkaMessage } from 'kafkajs'
import { expand, TooLargeError } from './codecs.ts'

/** A record as it was fetched. */
export interface FetchedMessage extends Pick<KafkaMessage, 'offset' | 'timestamp' | 'key' | 'value'> {
  /** All of them, in their order. kafkajs has an object of them, which keeps no order of numbers, nor of names that come again. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[]
  /**
   * Why nobody can make anything of it, or of its batch, which it stands for then: it has the last of its offsets, and all
   * of its bytes.
   */
  readonly fault?: string
  readonly isControlRecord: boolean
  /** By this kafkajs leaves out what was aborted. */
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
}

/** A batch of records, before they are expanded. */
export interface RecordBatch {
  readonly firstOffset: bigint
  readonly lastOffset: bigint
  readonly attributes: number
  readonly firstTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: string
  /** How many records there are. */
  readonly count: number
  readonly records: Buffer
  /** Where the next begins. */
  readonly end: number
}

/** https://kafka.apache.org/43/implementation/message-format/#record-batch */
const headerBytes = 61
const format = 2

/** What a record and a header count besides what they hold: there may be millions in a batch that hold nothing. */
const bytesOfEach = 256

/** The batch that begins somewhere, or nothing where the end of it was not fetched, or it is older than Kafka 0.11. */
export function batchAt(bytes: Buffer, at: number): RecordBatch | undefined {
  if (bytes.length - at < headerBytes || bytes.readInt8(at + 16) !== format) return undefined
  const end = at + 12 + bytes.readInt32BE(at + 8)
  if (end > bytes.length || end < at + headerBytes) return undefined
  const firstOffset = bytes.readBigInt64BE(at)
  return {
    firstOffset,
    lastOffset: firstOffset + BigInt(bytes.readInt32BE(at + 23)),
    attributes: bytes.readInt16BE(at + 21),
    firstTimestamp: Number(bytes.readBigInt64BE(at + 27)),
    maxTimestamp: Number(bytes.readBigInt64BE(at + 35)),
    producerId: `${bytes.readBigInt64BE(at + 43)}`,
    count: bytes.readInt32BE(at + 57),
    records: bytes.subarray(at + headerBytes, end),
    end,
  }
}

/** The records of a batch, and how much of the memory they take that was not fetched. What can be none is one that fails. */
export async function messagesOf(
  batch: RecordBatch,
  { most, place }: { readonly most: number; readonly place: string },
): Promise<{ messages: FetchedMessage[]; taken: number }> {
  const codec = batch.attributes & 0x07
  try {
    const expanded = codec === 0 ? undefined : await expand(codec, batch.records, most)
    return parseRecords(batch, expanded ?? batch.records, { taken: expanded?.length ?? 0, most })
  } catch (error) {
    const what = `the batch from offset ${batch.firstOffset} to ${batch.lastOffset} of ${place}`
    const fault =
      error instanceof TooLargeError
        ? `${what} expands to more than ${most} bytes (each record and each header counts ${bytesOfEach} besides)`
        : `${what} cannot be read: it is not whole ${codec === 0 ? 'records' : (codecs[codec] ?? `codec ${codec}`)}`
    return { messages: [{ ...commonOf(batch), ...standIn(batch), fault }], taken: 0 }
  }
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

const commonOf = ({ attributes, producerId }: RecordBatch) => ({
  isControlRecord: (attributes & 0x20) > 0,
  batchContext: { producerId, inTransaction: (attributes & 0x10) > 0 },
})

const standIn = ({ lastOffset, maxTimestamp, records }: RecordBatch) => ({
  offset: `${lastOffset}`,
  timestamp: `${maxTimestamp}`,
  key: null,
  value: records,
  headers: [],
})

/** https://kafka.apache.org/43/implementation/message-format/#record */
function parseRecords(
  batch: RecordBatch,
  bytes: Buffer,
  { taken, most }: { taken: number; readonly most: number },
): { messages: FetchedMessage[]; taken: number } {
  let all = taken
  const add = (count: number): void => {
    all += count * bytesOfEach
    if (all > most) throw new TooLargeError()
  }

  const common = commonOf(batch)
  const appended = (batch.attributes & 0x08) > 0 ? `${batch.maxTimestamp}` : undefined
  const cursor = new Cursor(bytes)
  const messages: FetchedMessage[] = []
  for (let index = 0; index < batch.count; index += 1) {
    add(1)
    const end = cursor.lengthOf() + cursor.at
    cursor.at += 1 // attributes, of which there are none
    const timestamp = appended ?? `${batch.firstTimestamp + cursor.number()}`
    const offset = `${batch.firstOffset + BigInt(cursor.number())}`
    const [key, value] = [cursor.bytes(), cursor.bytes()]
    const headerCount = cursor.lengthOf()
    add(headerCount)
    let strange: Buffer | undefined
    const headers = Array.from({ length: headerCount }, () => {
      const name = cursor.bytes()
      if (!name) throw new RangeError('a header has no name')
      if (!isUtf8(name)) strange ??= name
      return [name.toString(), cursor.bytes()] as const
    })
    if (cursor.at > end) throw new RangeError('a record is longer than it says')
    cursor.at = end
    const fault = strange && `it has a header whose name is not UTF-8: ${strange.toString('base64')} in base64`
    messages.push({ offset, timestamp, key, value, headers, ...common, ...(fault !== undefined && { fault }) })
  }
  return { messages, taken: all }
}

class Cursor {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** https://protobuf.dev/programming-guides/encoding/#signed-ints: exact up to 2^53. */
  number(): number {
    let [value, factor] = [0, 1]
    for (;;) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined || factor > 2 ** 63) throw new RangeError('it is cut off')
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      factor *= 0x80
    }
  }

  /** Of something that is in here. */
  lengthOf(): number {
    const length = this.number()
    if (length < 0 || length > this.#bytes.length - this.at) throw new RangeError('it is cut off')
    return length
  }

  bytes(): Buffer | null {
    const length = this.number()
    if (length === -1) return null
    if (length < 0 || length > this.#bytes.length - this.at) throw new RangeError('it is cut off')
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }
}
