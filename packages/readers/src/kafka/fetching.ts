/// <reference path="./untyped.d.ts" />
import { AsyncLocalStorage } from 'node:async_hooks'
import Decoder from 'kafkajs/src/protocol/decoder.js'
import decodeMessageSet from 'kafkajs/src/protocol/messageSet/decoder.js'
import fetch from 'kafkajs/src/protocol/requests/fetch/index.js'
import { batchAt, messagesOf } from './record-batch.ts'

/** How what is fetched is made records of. */
export interface Fetching {
  /** The most bytes that a batch may have, expanded, and about what all that is fetched at once may have. */
  readonly maxExpandedBytes: number
}

const current = new AsyncLocalStorage<Fetching>()
const { protocol } = fetch

/** Of Kafka 2.3 and later, the newest that kafkajs knows. With an older broker it is kafkajs that makes records. */
const version11 = 11

/**
 * Has what a function begins fetch in our way. kafkajs 2.2.4 expands all batches that it fetches at once, of all
 * partitions, and 10 MB of them may be gigabytes; it makes an object of the headers of a record, by which they lose their
 * order; and a batch that is broken ends all reading without a word where it is.
 */
export function fetchingSo<Result>(how: Fetching, begin: () => Result): Result {
  fetch.protocol = protocolOf
  return current.run(how, begin)
}

const protocolOf: typeof protocol = ({ version }) => {
  const made = protocol({ version })
  return (options) => {
    const { response, ...rest } = made(options)
    const how = current.getStore()
    if (!how || version !== version11) return { response, ...rest }
    return { ...rest, response: { ...response, decode: (bytes) => decode(bytes, how) } }
  }
}

/** https://kafka.apache.org/43/design/protocol/#The_Messages_Fetch (version 11) */
async function decode(bytes: Buffer, { maxExpandedBytes }: Fetching): Promise<object> {
  const decoder = new Decoder(bytes)
  const clientSideThrottleTime = decoder.readInt32()
  const errorCode = decoder.readInt16()
  const sessionId = decoder.readInt32()
  let left = maxExpandedBytes

  /** The records up to where they are too much; nothing where they are that at once: they are fetched again. */
  async function messages(set: Buffer, place: string): Promise<unknown[] | undefined> {
    if (set.length > 16 && set.readInt8(16) < 2) return decodeMessageSet(new Decoder(set), set.length)
    const all: unknown[] = []
    for (let batch = batchAt(set, 0); batch; batch = batchAt(set, batch.end)) {
      if (left <= 0) return all.length > 0 ? all : undefined
      const { messages, taken } = await messagesOf(batch, { most: maxExpandedBytes, place })
      left -= taken
      for (const message of messages) all.push(message)
    }
    return all
  }

  const responses = await decoder.readArrayAsync(async () => {
    const topicName = decoder.readString()
    const partitions = await decoder.readArrayAsync(async () => {
      const known = {
        partition: decoder.readInt32(),
        errorCode: decoder.readInt16(),
        highWatermark: decoder.readInt64().toString(),
        lastStableOffset: decoder.readInt64().toString(),
        lastStartOffset: decoder.readInt64().toString(),
        abortedTransactions: decoder.readArray(() => ({
          producerId: decoder.readInt64().toString(),
          firstOffset: decoder.readInt64().toString(),
        })),
        preferredReadReplica: decoder.readInt32(),
      }
      const place = `partition ${known.partition} of the topic ${topicName}`
      const found = await messages(decoder.readBytes() ?? Buffer.alloc(0), place)
      return found ? [{ ...known, messages: found }] : []
    })
    return { topicName, partitions: partitions.flat() }
  })
  // What the broker throttles by it expects of us: https://cwiki.apache.org/confluence/display/KAFKA/KIP-219
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses }
}
