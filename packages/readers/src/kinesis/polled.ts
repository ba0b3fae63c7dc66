import { setTimeout } from 'node:timers/promises'
import {
  ExpiredIteratorException,
  GetRecordsCommand,
  type GetRecordsOutput,
  GetShardIteratorCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis'
import { type Patience, persistently } from '../persistently.ts'
import type { From } from '../source.ts'
import type { SourceError } from '../source-error.ts'
import type { Answer } from './answer.ts'
import { emptyAnswer, kinesisError } from './error.ts'
import { answerTime, inTime } from './in-time.ts'
import { parsePosition } from './position.ts'
import { recordsIn } from './records-in.ts'
import type { Shard } from './shard.ts'
import { startOf } from './start-of.ts'
import { streamName } from './stream.ts'

/** Whom to ask, and how. */
interface Polling {
  readonly stream: string
  readonly client: KinesisClient
  /** The most records of one request. */
  readonly limit: number
  /** How long, in milliseconds, to wait when there is nothing new. */
  readonly idle: number
  readonly patience: Patience
}

interface Asked extends Answer {
  /** The iterator to go on by. Missing where the shard has come to its end. */
  readonly next: string | undefined
}

/** A shard may be asked five times a second: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
const pace = 200

/** What a shard has, asked for again and again until its end: the next while the last is worked on. */
export async function* polled(
  { stream, client, limit, idle, patience }: Polling,
  shard: Shard,
  from: From,
  signal: AbortSignal,
): AsyncGenerator<Answer, void> {
  const named = streamName(stream)
  // A request that has an iterator takes no name of the stream, and its ARN only.
  const stated = 'StreamARN' in named ? named : {}
  const done = 'after' in from ? parsePosition(from.after) : undefined
  let at = from
  let asked = 0

  function kinesis<Output>(ask: () => Promise<Output>): Promise<Output> {
    const failure = (error: unknown): SourceError => kinesisError(stream, `shard ${shard.id}`, error)
    return persistently({ patience, signal, failure }, ask)
  }

  function iteratorOf(from: From): Promise<string> {
    const { type: ShardIteratorType, ...start } = startOf(from)
    const command = new GetShardIteratorCommand({
      ...named,
      ShardId: shard.id,
      ShardIteratorType,
      ...('timestamp' in start && { Timestamp: start.timestamp }),
      ...('sequenceNumber' in start && { StartingSequenceNumber: start.sequenceNumber }),
    })
    return kinesis(async () => {
      const { ShardIterator } = await inTime(answerTime, signal, (abortSignal) => client.send(command, { abortSignal }))
      if (ShardIterator !== undefined) return ShardIterator
      throw emptyAnswer(stream, `an iterator of shard ${shard.id}`)
    })
  }

  /** What an iterator gives, or one like it where it has expired. An iterator lives five minutes. */
  function recordsOf(iterator: string, from: From): Promise<GetRecordsOutput> {
    let current = iterator
    return kinesis(async () => {
      try {
        const command = new GetRecordsCommand({ ShardIterator: current, Limit: limit, ...stated })
        const answer = await inTime(answerTime, signal, (abortSignal) => client.send(command, { abortSignal }))
        // Without an iterator to go on by, it would be the shard's end.
        if (answer.Records) return answer
        throw emptyAnswer(stream, `shard ${shard.id}`)
      } catch (error) {
        if (!(error instanceof ExpiredIteratorException)) throw error
        current = await iteratorOf(from)
        return { Records: [], NextShardIterator: current }
      }
    })
  }

  // What the client has made of an answer is not kept while its records are worked on.
  async function ask(iterator: string): Promise<Asked> {
    await setTimeout(Math.max(0, asked + pace - performance.now()), undefined, { signal })
    asked = performance.now()
    const { Records: taken = [], NextShardIterator: next, MillisBehindLatest: lag } = await recordsOf(iterator, at)
    const records = recordsIn(taken, { range: shard.range, done })
    return { records, last: taken.at(-1)?.SequenceNumber, isEnd: next === undefined, lag, next }
  }

  let answer: Promise<Asked> | undefined = ask(await iteratorOf(at))
  while (answer) {
    const given: Asked = await answer
    const { last, lag, next } = given
    if (last !== undefined) at = { after: last }
    const more = last !== undefined || (lag ?? 1) > 0
    answer = next !== undefined && more ? ask(next) : undefined
    answer?.catch(() => {}) // it is waited for later, or never
    yield given
    if (next === undefined) return
    if (!answer) {
      await setTimeout(idle, undefined, { signal })
      answer = ask(next)
    }
  }
}
