import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { Patience, persistently } from '../persistently.ts'
import type { Batch, From, Source } from '../source.ts'
import type { SourceError } from '../source-error.ts'
import type { Answer } from './answer.ts'
import { kinesisError } from './error.ts'
import { expanded, maxExpandedBytes } from './expand.ts'
import { fannedOut } from './fan-out.ts'
import { polled } from './polled.ts'
import { parsePosition } from './position.ts'
import { refuseForeign, type Shard, shardsOf } from './shard.ts'
import { consumerPattern, isOfStream, streamPattern } from './stream.ts'

/** Which stream is read, and how. */
export interface KinesisSourceOptions {
  /** Its name, or its ARN: that names another account's, whose resource policy lets the caller in. */
  readonly stream: string
  /** What the requests are made with: `credentials` of the role where the owner gave one. */
  readonly client: KinesisClient
  /**
   * A consumer of the stream, by which Kinesis pushes what comes (enhanced fan-out): each has 2 MB a second of every shard
   * for itself, and costs. One reader at a time can have it. Without it the shards are polled.
   */
  readonly fanOut?: { readonly consumerArn: string }
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

const optionsSchema = v.pipe(
  v.strictObject({
    stream: v.pipe(v.string('must be a string'), v.regex(streamPattern, 'must be the name or the ARN of a stream')),
    client: v.custom<KinesisClient>(
      (client) => typeof (client as KinesisClient)?.send === 'function',
      'must be a Kinesis client',
    ),
    fanOut: v.optional(
      v.strictObject({
        consumerArn: v.pipe(v.string('must be a string'), v.regex(consumerPattern, 'must be the ARN of a consumer')),
      }),
    ),
    limit: v.optional(v.pipe(count, v.maxValue(10_000, 'must be at most 10000')), 10_000),
    idle: v.optional(count, 1_000),
    patience: v.optional(count, 300_000),
    maxExpandedBytes: v.optional(count, maxExpandedBytes),
  }),
  v.forward(
    v.partialCheck(
      [['stream'], ['fanOut']],
      ({ stream, fanOut }) => !fanOut || isOfStream(fanOut.consumerArn, stream),
      'must be of a consumer of the stream',
    ),
    ['fanOut', 'consumerArn'],
  ),
)

/**
 * Reads a Kinesis stream: its shards in order, each after those that it was split from or merged of. Records that the
 * Kinesis Producer Library has aggregated come one by one, those that are gzip expanded.
 *
 * The next records are asked for while the last are worked on, so that one reader has up to 20 MB of a shard in hand. The
 * records of an aggregate are made 10,000 at a time, and what is gzip is expanded 16 MiB at a time, or one record where
 * that is more. With `fanOut` Kinesis pushes them. The role needs `kinesis:ListShards`,
 * `kinesis:GetShardIterator` and `kinesis:GetRecords` on the stream (`policies.kinesisRead`), or `kinesis:SubscribeToShard` on
 * the consumer in place of the last two.
 *
 * @throws {InvalidOptions} naming the option. What it makes throws {@link SourceError}.
 * @see https://docs.aws.amazon.com/streams/latest/dev/developing-consumers-with-sdk.html
 *
 * @example
 * ```ts
 * import { assumedRole } from '@causeway-aws/auth'
 * import { kinesisClient, kinesisSource, type Shard, type Source } from '@causeway-aws/readers'
 *
 * const credentials = assumedRole({ roleArn: 'arn:aws:iam::222222222222:role/orders-reader' })
 *
 * export const orders: Source<Shard> = kinesisSource({
 *   stream: 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders',
 *   client: kinesisClient({ region: 'eu-west-1', credentials }),
 * })
 * ```
 */
export function kinesisSource(options: KinesisSourceOptions): Source<Shard> {
  const parsed = parseOptions('kinesisSource', optionsSchema, options)
  const { stream, client, fanOut } = parsed
  const patience = new Patience(parsed.patience)
  const answersOf = (shard: Shard, from: From, signal: AbortSignal): AsyncGenerator<Answer, void> =>
    fanOut
      ? fannedOut({ ...parsed, ...fanOut, patience }, shard, from, signal)
      : polled({ ...parsed, patience }, shard, from, signal)

  async function* read(shard: Shard, from: From, signal: AbortSignal): AsyncGenerator<Batch, void> {
    const done = 'after' in from ? parsePosition(from.after) : undefined
    if (done) refuseForeign(stream, shard, done)
    const ending = new AbortController()
    const stop = (): void => ending.abort(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)

    let at = from
    try {
      for await (const { records, last, isEnd, lag } of answersOf(shard, from, ending.signal)) {
        if (last !== undefined) at = { after: last }
        for await (const batch of expanded(records, parsed.maxExpandedBytes)) {
          const { records, isLast } = batch
          const position = isLast ? positionOf(shard, at, isEnd) : records.at(-1)?.position
          // That there is no more now is not all of a shard that has ended: its end is still to come, or this is it.
          const isIdle = records.length === 0 && lag === 0 && (isEnd || !shard.open)
          yield {
            records,
            ...(position !== undefined && { position }),
            // What is left of the answer is behind, too.
            ...(lag !== undefined && !isIdle && { lag: isLast ? lag : Math.max(1, lag) }),
          }
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
      const failure = (error: unknown): SourceError => kinesisError(stream, 'shards', error)
      yield* await persistently({ patience, signal, failure }, () => shardsOf(client, stream, signal))
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
