import { setTimeout } from 'node:timers/promises'
import {
  type KinesisClient,
  KinesisServiceException,
  ResourceInUseException,
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
} from '@aws-sdk/client-kinesis'
import { backoff, type Patience } from '../persistently.ts'
import type { From } from '../source.ts'
import { SourceError } from '../source-error.ts'
import type { Answer } from './answer.ts'
import { kinesisError } from './error.ts'
import { inTime } from './in-time.ts'
import { parsePosition } from './position.ts'
import { recordsIn } from './records-in.ts'
import type { Shard } from './shard.ts'
import { startOf } from './start-of.ts'

/** Who subscribes. */
interface Subscription {
  readonly stream: string
  readonly client: KinesisClient
  readonly consumerArn: string
  readonly patience: Patience
}

/** How long, in milliseconds, nothing may come before the connection is taken for broken: an event comes every five seconds. */
const stall = 35_000

/** A consumer may subscribe to a shard five times a second: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const pace = 1_000

/**
 * What a shard has, as Kinesis pushes it to a consumer of its own, until its end. A subscription lives five minutes, and is
 * followed by another.
 *
 * @see https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
 */
export async function* fannedOut(
  { stream, client, consumerArn, patience }: Subscription,
  shard: Shard,
  from: From,
  signal: AbortSignal,
): AsyncGenerator<Answer, void> {
  const done = 'after' in from ? parsePosition(from.after) : undefined
  let at = from
  let [failed, answered, asked] = [0, performance.now(), -pace]
  for (;;) {
    await setTimeout(Math.max(0, asked + pace - performance.now()), undefined, { signal })
    asked = performance.now()
    let isSubscribed = false
    try {
      for await (const event of eventsOf({ client, consumerArn, shard, at, signal })) {
        isSubscribed = true
        failed = 0
        patience.answered()
        const {
          Records: taken = [],
          ContinuationSequenceNumber: next,
          ChildShards = [],
          MillisBehindLatest: lag,
        } = event
        const isEnd = next === undefined || ChildShards.length > 0
        if (next !== undefined) at = { after: next }
        const last = taken.at(-1)?.SequenceNumber
        yield { records: recordsIn(taken, { range: shard.range, done }), last, isEnd, lag }
        if (isEnd) return
        // Kinesis says so by itself only seconds later.
        if (last !== undefined && lag === 0) yield { records: [], last: undefined, isEnd, lag }
        answered = performance.now()
      }
    } catch (error) {
      signal.throwIfAborted()
      const said = failureOf(error, { stream, consumerArn, shard, isSubscribed })
      if (!patience.allows(said, answered)) throw said
      failed += 1
      await setTimeout(backoff(failed), undefined, { signal })
    }
  }
}

interface Subscribing extends Pick<Subscription, 'client' | 'consumerArn'> {
  readonly shard: Shard
  readonly at: From
  readonly signal: AbortSignal
}

/** The events of one subscription, which ends when nobody wants more of them. */
async function* eventsOf({
  client,
  consumerArn,
  shard,
  at,
  signal,
}: Subscribing): AsyncGenerator<SubscribeToShardEvent, void> {
  const { type: Type, ...start } = startOf(at)
  const command = new SubscribeToShardCommand({
    ConsumerARN: consumerArn,
    ShardId: shard.id,
    StartingPosition: {
      Type,
      ...('timestamp' in start && { Timestamp: start.timestamp }),
      ...('sequenceNumber' in start && { SequenceNumber: start.sequenceNumber }),
    },
  })
  const ending = new AbortController()
  try {
    const { EventStream } = await inTime(stall, signal, () => client.send(command, { abortSignal: ending.signal }))
    const events = EventStream?.[Symbol.asyncIterator]()
    while (events) {
      const { done, value } = await inTime(stall, signal, () => events.next())
      if (done) return
      if (value.SubscribeToShardEvent) yield value.SubscribeToShardEvent
    }
  } finally {
    ending.abort()
  }
}

interface Failing extends Pick<Subscription, 'stream' | 'consumerArn'> {
  readonly shard: Shard
  readonly isSubscribed: boolean
}

/** What a subscription that failed says, and whether it may be tried again. */
function failureOf(error: unknown, { stream, consumerArn, shard, isSubscribed }: Failing): SourceError {
  if (error instanceof ResourceInUseException && isSubscribed) {
    return new SourceError(
      `Another reader has subscribed to shard ${shard.id} of the stream ${stream} as ${consumerArn}; give each reader a consumer of its own.`,
      { cause: error },
    )
  }
  const said = kinesisError(stream, `shard ${shard.id}`, error, 'kinesis:SubscribeToShard on the consumer')
  // A subscription that was cut counts for five seconds more, and a consumer that was just registered is none at once. What
  // breaks once it has begun, and is no word of Kinesis, broke on its way.
  const isCut = isSubscribed && !(error instanceof KinesisServiceException)
  const mayPass = error instanceof ResourceInUseException || isCut
  return mayPass ? new SourceError(said.message, { retryable: true, cause: error }) : said
}
