import { setTimeout as sleep } from 'node:timers/promises'
import { parseOptions } from '@causeway-aws/auth'
import type { Kafka, KafkaMessage } from 'kafkajs'
import * as v from 'valibot'
import { type Checkpoints, ClaimLostError } from '../checkpoints.ts'
import type { Batch, From, Partition, Source, SourceRecord } from '../source.ts'
import { SourceError } from '../source-error.ts'
import { maxExpandedBytes } from './codecs.ts'
import type { Feed } from './feed.ts'
import { Membership } from './membership.ts'
import { Offsets } from './offsets.ts'
import type { FetchedMessage } from './record-batch.ts'
import { sourceRecord } from './source-record.ts'

/** Which topic is read, and in which group. */
export interface KafkaTopicOptions {
  /** Who asks: what `kafkaClient` made, or a client of kafkajs of your own. */
  readonly client: Kafka
  readonly topic: string
  /**
   * The consumer group: those who read in the same one share the partitions, and go on where another left off. Use it for
   * this topic only.
   */
  readonly groupId: string
  /** What names the topic among all sources. Default: `kafka:TOPIC`; give its ARN where there are several clusters. */
  readonly name?: string
  /** The most bytes of one partition that are fetched at once; a larger record comes all the same. Default: 1 MiB. */
  readonly maxBytes?: number
  /** The most bytes that a batch may have that is compressed, expanded; each record and header counts 256 more. Default: 64 MiB. */
  readonly maxExpandedBytes?: number
  /** How many partitions are worked on side by side. Default: 10. */
  readonly concurrency?: number
  /** How long, in milliseconds, to wait before asking whether there is nothing more. Default: 1,000. */
  readonly idle?: number
  /** How long, in milliseconds, Kafka may fail, or credentials be refused, before reading ends. Default: 300,000. */
  readonly patience?: number
  /** How long, in milliseconds, a member that was killed keeps others from its partitions. Default: 30,000; at least 6,000. */
  readonly sessionTimeout?: number
}

/** A partition of a topic. Its `id` is its number. */
export interface TopicPartition extends Partition {
  readonly number: number
}

/** A topic as a consumer group reads it. It leaves the group when it is disposed of. */
export interface KafkaTopic extends AsyncDisposable {
  readonly source: Source<TopicPartition>
  /** The group's own offsets: a member that the group has given up can commit nothing. */
  readonly checkpoints: Checkpoints
}

const count = v.pipe(v.number('must be a number'), v.integer('must be whole'), v.minValue(1, 'must be 1 or more'))

const optionsSchema = v.strictObject({
  client: v.custom<Kafka>((client) => typeof (client as Kafka)?.consumer === 'function', 'must be a client of kafkajs'),
  // https://kafka.apache.org/documentation/#design_topicnaming
  topic: v.pipe(v.string(), v.regex(/^[\w.-]{1,249}$/, 'must be the name of a topic')),
  groupId: v.pipe(v.string(), v.nonEmpty('must be the name of a group')),
  name: v.optional(v.pipe(v.string(), v.nonEmpty('must name the topic'))),
  maxBytes: v.optional(count, 1024 ** 2),
  maxExpandedBytes: v.optional(count, maxExpandedBytes),
  concurrency: v.optional(count, 10),
  idle: v.optional(count, 1_000),
  patience: v.optional(count, 300_000),
  // What brokers take, unless they are configured otherwise: group.min.session.timeout.ms
  sessionTimeout: v.optional(v.pipe(count, v.minValue(6_000, 'must be at least 6000')), 30_000),
})

/**
 * A Kafka topic, read in a consumer group: the group gives each of its members some of the partitions, and keeps how far
 * each was read. Records of transactions that were aborted are left out.
 *
 * On MSK the role needs `kafka-cluster:Connect`, `DescribeTopic`, `ReadData`, `DescribeGroup` and `AlterGroup`
 * (`policies.kafkaRead`).
 *
 * @throws {InvalidOptions} naming the option. What it makes throws {@link SourceError}.
 *
 * @example
 * ```ts
 * import { kafkaClient, kafkaTopic, read } from '@causeway-aws/readers'
 *
 * export async function printNew(): Promise<void> {
 *   const client = kafkaClient({ brokers: ['b-1.orders.abc123.c2.kafka.eu-west-1.amazonaws.com:9098'], region: 'eu-west-1' })
 *   await using orders = kafkaTopic({ client, topic: 'orders', groupId: 'causeway-orders' })
 *   await read({
 *     ...orders,
 *     untilCaughtUp: true,
 *     onBatch: async (records) => {
 *       for (const { key, data } of records) process.stdout.write(`${key} ${Buffer.from(data)}\n`)
 *     },
 *   })
 * }
 * ```
 */
export function kafkaTopic(options: KafkaTopicOptions): KafkaTopic {
  const parsed = parseOptions('kafkaTopic', optionsSchema, options)
  const { topic, groupId, idle } = parsed
  const membership = new Membership(parsed)
  const offsets = new Offsets(parsed)

  async function committed(partition: string): Promise<string | undefined> {
    const next = await offsets.committed(Number(partition))
    return next === undefined ? undefined : `${next - 1n}`
  }

  /**
   * What retention has deleted of what was to be read next, as one record that fails: it goes where such records go, and
   * reading goes on after it, or it ends there. Nothing where all is there.
   */
  async function gapAt(
    partition: number,
    next: bigint,
    signal: AbortSignal,
  ): Promise<(Batch & { position: string }) | undefined> {
    const { low } = await offsets.endsOf(partition, signal)
    if (low <= next) return undefined
    const position = `${low - 1n}`
    const fault = `partition ${partition} of the topic ${topic} has no records any more from offset ${next} up to ${low}: they were deleted before they were read`
    return { records: [{ position, data: new Uint8Array(), fault }], position }
  }

  /**
   * The offset that the next record of a partition will have. It is not before what is to be read next, unless that is of
   * another topic, or this one was made anew; a broker that has just started may not know better for a moment.
   */
  async function endAfter(partition: number, next: bigint, signal: AbortSignal): Promise<bigint> {
    for (const until = performance.now() + 5_000; ; await sleep(500, undefined, { signal })) {
      const { high } = await offsets.endsOf(partition, signal)
      if (high >= next) return high
      if (performance.now() < until) continue
      throw new SourceError(
        `partition ${partition} of the topic ${topic} ends at offset ${high}, and is to be read from ${next} on: that is of another topic, or this one was made anew. Commit an offset that it has for the group ${groupId}.`,
        { isOfPosition: true },
      )
    }
  }

  async function* read({ number }: TopicPartition, from: From, signal: AbortSignal): AsyncGenerator<Batch, void> {
    let begin = 'after' in from ? offsetAfter(from.after) : await offsets.startOf(number, from.start, signal)
    const gap = await gapAt(number, begin, signal)
    if (gap) {
      yield gap
      begin = offsetAfter(gap.position)
    }
    const high = await endAfter(number, begin, signal)
    signal.throwIfAborted() // the partition may be another's by now
    using feed = membership.open(number, begin)
    // "From now on" is said once.
    if ('start' in from) await membership.commit(number, begin)
    let isCaughtUp = high <= begin
    for (;;) {
      if (isCaughtUp) yield { records: [], ...positionOf(feed, from), lag: 0, left: { records: 0 } }
      const delivery = await feed.take(idle, signal)
      if (delivery) {
        const { messages, highWatermark } = delivery.batch
        const [first] = messages
        const gap = first && BigInt(first.offset) > feed.next ? await gapAt(number, feed.next, signal) : undefined
        if (gap) yield gap
        const position = delivery.batch.lastOffset()
        const left = BigInt(highWatermark) - BigInt(position) - 1n
        isCaughtUp = left <= 0n
        const newest = Number(messages.at(-1)?.timestamp)
        yield {
          records: messages.map(recordOf),
          position,
          lag: isCaughtUp ? 0 : Math.max(1, Date.now() - newest),
          left: { records: Math.max(0, Number(left)) },
        }
        feed.done()
      } else {
        isCaughtUp = (await offsets.endsOf(number, signal)).high <= feed.next
      }
    }
  }

  const checkpoints: Checkpoints = {
    begun: async (now) => now,
    async get(partition) {
      const position = await committed(partition)
      // Who has it now the group's members know among themselves.
      return position === undefined ? undefined : { position, finished: false, epoch: 0, claimed: false }
    },
    async claim(partition) {
      const { number: epoch, revoked } = membership.generation
      if (!membership.isFree(Number(partition))) return undefined
      return { partition, epoch, revoked, position: await committed(partition), finished: false }
    },
    // It is heartbeats that renew it.
    async commit({ partition, epoch }, _lease, position) {
      if (epoch !== membership.generation.number)
        throw new ClaimLostError(`partition ${partition} of the topic ${topic}`)
      if (position !== undefined) await membership.commit(Number(partition), offsetAfter(position))
    },
    // A topic has no end.
    async finish() {},
    async release() {},
  }

  return {
    source: {
      name: parsed.name ?? `kafka:${topic}`,
      discovery: 500,
      async *partitions(signal) {
        offsets.readBy(signal)
        for (const number of await membership.assigned(signal)) yield { id: `${number}`, number, after: [] }
      },
      read,
    },
    checkpoints,
    async [Symbol.asyncDispose]() {
      await membership.leave()
      await offsets.leave()
    },
  }
}

/** @throws {SourceError} when it is no offset. */
function offsetAfter(position: string): bigint {
  if (/^(?:-1|\d{1,19})$/.test(position)) return BigInt(position) + 1n
  throw new SourceError(
    `"${position}" is no position of a Kafka partition, as 1234 is; the checkpoint is of another source.`,
    { isOfPosition: true },
  )
}

/** The last offset that is done, also of what nobody was given. */
function positionOf(feed: Feed, from: From): { position: string } | object {
  const begun = 'after' in from || feed.next > 0n
  return begun ? { position: `${feed.next - 1n}` } : {}
}

function recordOf(message: KafkaMessage | FetchedMessage): SourceRecord {
  const { offset: position, key, value, timestamp } = message
  return {
    ...sourceRecord({ position, key, value, timestamp: Number(timestamp), headers: headersOf(message) }),
    ...('fault' in message && { fault: message.fault }),
  }
}

/** What a broker older than Kafka 2.3 gives comes as kafkajs has it: numbers first, and those of one name together. */
function headersOf({ headers = {} }: KafkaMessage | FetchedMessage): NonNullable<SourceRecord['headers']> {
  if (Array.isArray(headers)) return headers
  return Object.entries(headers as NonNullable<KafkaMessage['headers']>).flatMap(([name, values]) =>
    [values].flat().map((value): [string, Uint8Array | null] => [name, value == null ? null : Buffer.from(value)]),
  )
}
