import { setTimeout } from 'node:timers/promises'
import {
  ExpiredIteratorException,
  GetRecordsCommand,
  type GetRecordsOutput,
  GetShardIteratorCommand,
  type GetShardIteratorInput,
  type KinesisClient,
} from '@aws-sdk/client-kinesis'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { Patience, persistently } from '../persistently.ts'
import type { Batch, From, Source, SourceRecord } from '../source.ts'
import { SourceError } from '../source-error.ts'
import { kinesisError } from './error.ts'
import { expanded, maxExpandedBytes } from './expand.ts'
import { parsePosition } from './position.ts'
import { recordsIn } from './records-in.ts'
import { refuseForeign, type Shard, shardsOf } from './shard.ts'
import { streamName, streamPattern } from './stream.ts'

/** Which stream is read, and how. */
export interface KinesisSourceOptions {
  /** Its name, or its ARN: that names another account's, whose resource policy lets the caller in. */
  readonly stream: string
  /** What the requests are made with: `credentials` of the role where the owner gave one. */
  readonly client: KinesisClient
  /** The most records of one request. Default: 10,000, as of Kinesis. */
  readonly limit?: number
  /** How long, in milliseconds, to wait when a shard has nothing new. Default: 1,000. */
  readonly idle?: number
  /** How long, in milliseconds, Kinesis may fail or throttle, or credentials be refused that were good, before reading ends with its error. Default: 300,000. */
  readonly patience?: number
  /** The most bytes that a record may have that is gzip, expanded. Default: 64 MiB. */
  readonly maxExpandedBytes?: number
}

const count = v.pipe(v.number('must be a number'), v.integer('must be whole'), v.minValue(1, 'must be 1 or more'))

const optionsSchema = v.strictObject({
  stream: v.pipe(v.string('must be a string'), v.regex(streamPattern, 'must be the name or the ARN of a stream')),
  client: v.custom<KinesisClient>(
    (client) => typeof (client as KinesisClient)?.send === 'function',
    'must be a Kinesis client',
  ),
  limit: v.optional(v.pipe(count, v.maxValue(10_000, 'must be at most 10000')), 10_000),
  idle: v.optional(count, 1_000),
  patience: v.optional(count, 300_000),
  maxExpandedBytes: v.optional(count, maxExpandedBytes),
})

/** What a request gave. */
interface Answer {
  /** Each is made when it is asked for. */
  readonly records: Iterable<SourceRecord>
  /** The sequence number of the last record that was taken. */
  readonly last: string | undefined
  /** The iterator to go on by. Missing where the shard has come to its end. */
  readonly next: string | undefined
  /** In milliseconds. */
  readonly lag: number | undefined
}

/** A shard may be asked five times a second: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
const pace = 200

/**
 * Reads a Kinesis stream: its shards in order, each after those that it was split from or merged of. Records that the
 * Kinesis Producer Library has aggregated come one by one, those that are gzip expanded.
 *
 * The next records are asked for while the last are worked on, so that one reader has up to 20 MB of a shard in hand. The
 * records of an aggregate are made 10,000 at a time, and what is gzip is expanded 16 MiB at a time, or one record where
 * that is more. The role needs `kinesis:ListShards`,
 * `kinesis:GetShardIterator` and `kinesis:GetRecords` on the stream (`policies.kinesisRead`).
 *
 * @throws {InvalidOptions} naming the option. What it makes throws {@link SourceError}.
 * @see https://docs.aws.amazon.com/streams/latest/dev/developing-consumers-with-sdk.html
 *
 * @example
 * ```ts
 * import { KinesisClient } from '@aws-sdk/client-kinesis'
 * import { assumedRole } from '@causeway-aws/auth'
 * import { kinesisSource, type Shard, type Source } from '@causeway-aws/readers'
 *
 * const credentials = assumedRole({ roleArn: 'arn:aws:iam::222222222222:role/orders-reader' })
 *
 * export const orders: Source<Shard> = kinesisSource({
 *   stream: 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders',
 *   client: new KinesisClient({ region: 'eu-west-1', credentials }),
 * })
 * ```
 */
export function kinesisSource(options: KinesisSourceOptions): Source<Shard> {
  const parsed = parseOptions('kinesisSource', optionsSchema, options)
  const { stream, client, limit, idle } = parsed
  const patience = new Patience(parsed.patience)
  const named = streamName(stream)
  // A request that has an iterator takes no name of the stream, and its ARN only.
  const stated = 'StreamARN' in named ? named : {}

  function kinesis<Answer>(what: string, signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> {
    return persistently({ patience, signal, failure: (error) => kinesisError(stream, what, error) }, ask)
  }

  function iteratorOf({ id }: Shard, from: From, signal: AbortSignal): Promise<string> {
    const command = new GetShardIteratorCommand({ ...named, ShardId: id, ...startOf(from) })
    return kinesis(`shard ${id}`, signal, async () => {
      const { ShardIterator } = await client.send(command, { abortSignal: signal })
      // Without one the shard would be taken for read to its end.
      if (ShardIterator === undefined) throw new SourceError(`shard ${id} of the stream ${stream} has no iterator.`)
      return ShardIterator
    })
  }

  /** What an iterator gives, or one like it where it has expired. An iterator lives five minutes. */
  function recordsOf(shard: Shard, iterator: string, from: From, signal: AbortSignal): Promise<GetRecordsOutput> {
    let current = iterator
    return kinesis(`shard ${shard.id}`, signal, async () => {
      try {
        const command = new GetRecordsCommand({ ShardIterator: current, Limit: limit, ...stated })
        return await client.send(command, { abortSignal: signal })
      } catch (error) {
        if (!(error instanceof ExpiredIteratorException)) throw error
        current = await iteratorOf(shard, from, signal)
        return { Records: [], NextShardIterator: current }
      }
    })
  }

  async function* read(shard: Shard, from: From, signal: AbortSignal): AsyncGenerator<Batch, void> {
    const done = 'after' in from ? parsePosition(from.after) : undefined
    if (done) refuseForeign(stream, shard, done)
    const ending = new AbortController()
    const stop = (): void => ending.abort(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)

    let at = from
    let iterator: string | undefined = await iteratorOf(shard, at, ending.signal)
    let asked = 0

    // What the client has made of an answer is not kept while its records are worked on.
    async function ask(iterator: string): Promise<Answer> {
      await setTimeout(Math.max(0, asked + pace - performance.now()), undefined, { signal: ending.signal })
      asked = performance.now()
      const output = await recordsOf(shard, iterator, at, ending.signal)
      const { Records: taken = [], NextShardIterator: next, MillisBehindLatest: lag } = output
      const records = recordsIn(taken, { range: shard.range, done })
      return { records, last: taken.at(-1)?.SequenceNumber, next, lag }
    }

    try {
      let answer: Promise<Answer> | undefined = ask(iterator)
      while (answer) {
        const given: Answer = await answer
        const { records, last, lag } = given
        iterator = given.next
        if (last !== undefined) at = { after: last }
        const more = last !== undefined || (lag ?? 1) > 0
        answer = iterator !== undefined && more ? ask(iterator) : undefined
        answer?.catch(() => {}) // it is waited for later, or never
        for await (const batch of expanded(records, parsed.maxExpandedBytes)) {
          const { records, isLast } = batch
          const isEnd = isLast && iterator === undefined
          const position = isLast ? positionOf(shard, at, isEnd) : records.at(-1)?.position
          yield {
            records,
            ...(position !== undefined && { position }),
            // What is left of the answer is behind, too.
            // That there is no more now is not all of a shard that has ended.
            ...(lag !== undefined && !(isEnd && records.length === 0) && { lag: isLast ? lag : Math.max(1, lag) }),
          }
        }
        if (iterator === undefined) return
        if (!answer) {
          await setTimeout(idle, undefined, { signal: ending.signal })
          answer = ask(iterator)
        }
      }
    } finally {
      signal.removeEventListener('abort', stop)
      ending.abort()
    }
  }

  return {
    name: stream,
    partitions: async function* (signal) {
      yield* await kinesis('shards', signal, () => shardsOf(client, named, signal))
    },
    refuse: (shard, position) => refuseForeign(stream, shard, parsePosition(position)),
    read,
  }
}

/** What was taken last. Of a shard that ended without a record it is its begin, by which it is told from one made anew. */
function positionOf({ sequenceNumbers }: Shard, at: From, isEnd: boolean): string | undefined {
  if ('after' in at) return at.after
  return isEnd ? sequenceNumbers?.from : undefined
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
function startOf(
  from: From,
): Pick<GetShardIteratorInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'> {
  if ('start' in from) {
    if (from.start === 'earliest') return { ShardIteratorType: 'TRIM_HORIZON' }
    return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: from.start }
  }
  const { sequenceNumber, subSequence } = parsePosition(from.after)
  // Of an aggregate that was done in part the rest is still to come.
  const ShardIteratorType = subSequence === undefined ? 'AFTER_SEQUENCE_NUMBER' : 'AT_SEQUENCE_NUMBER'
  return { ShardIteratorType, StartingSequenceNumber: sequenceNumber }
}
