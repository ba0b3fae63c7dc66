import { parseOptions } from '@causeway-aws/auth'
import { type Backoff, fullJitter } from '@causeway-aws/edge'
import * as v from 'valibot'
import type { Checkpoints } from './checkpoints.ts'
import type { DeliveryOptions } from './delivery.ts'
import { type PartitionReading, type Progress, readPartition } from './read-partition.ts'
import type { Partition, Source } from './source.ts'
import { UncommittedError } from './uncommitted-error.ts'

/** What is read, from where, and what is done with it. */
export interface ReadOptions<P extends Partition = Partition>
  extends Pick<DeliveryOptions<P>, 'onBatch' | 'batchRecords' | 'onFailure'>,
    Partial<Pick<DeliveryOptions<P>, 'maxAttempts' | 'backoff' | 'patience'>> {
  readonly source: Source<P>
  /** How far each partition was read, kept for this source only. */
  readonly checkpoints: Checkpoints
  /** Where a source is begun: at its oldest records, at what comes from now on, or at a time. Default: `earliest`. */
  readonly start?: 'earliest' | 'latest' | Date
  /** Ends the reading. `onBatch` has it in its context, too, and what it has not done then comes again. */
  readonly signal?: AbortSignal
  /** Whether to end when there is nothing more now. Default: false, and reading goes on with what comes, if the source does. */
  readonly untilCaughtUp?: boolean
  /** How many partitions are read side by side that end, or until they are caught up; of those that go on all are. Default: 10. */
  readonly concurrency?: number
  /** How long, in milliseconds, a reader that was killed keeps others from its partitions. Default: 60,000. */
  readonly lease?: number
  /**
   * How many bytes of a partition's records, each of which counts 64 besides, may be done and not committed, where batches
   * are small and a commit costs: as many, and a batch, come again from a reader that is killed. All is committed when
   * reading ends, also by the signal. Default: 0, each batch is.
   */
  readonly commitBytes?: number
  /** How often, in milliseconds, new partitions are looked for. Default: what is good for the source, or 10,000. */
  readonly discovery?: number
  /** Told of each batch that is done, and committed as `commitBytes` has it. */
  readonly onProgress?: (progress: Progress<P>) => void
}

/** How many partitions there were of each end. */
export type ReadSummary = Readonly<Record<'finished' | 'caught up' | 'held', number>>

const milliseconds = v.pipe(
  v.number('must be a number'),
  v.finite('must be finite'),
  v.minValue(1, 'must be 1 or more'),
)
const count = v.pipe(v.number('must be a number'), v.integer('must be whole'), v.minValue(1, 'must be 1 or more'))
const callable = <Value>() => v.custom<Value>((value) => typeof value === 'function', 'must be a function')

const optionsSchema = v.strictObject({
  source: v.custom<Source>((source) => typeof (source as Source)?.read === 'function', 'must be a source'),
  checkpoints: v.custom<Checkpoints>(
    (checkpoints) => typeof (checkpoints as Checkpoints)?.claim === 'function',
    'must be checkpoints, as memoryCheckpoints makes',
  ),
  onBatch: callable<DeliveryOptions<Partition>['onBatch']>(),
  onFailure: v.optional(callable<NonNullable<DeliveryOptions<Partition>['onFailure']>>()),
  batchRecords: v.optional(count),
  maxAttempts: v.optional(count, 3),
  backoff: v.optional(callable<Backoff>(), () => fullJitter()),
  patience: v.optional(milliseconds, 300_000),
  start: v.optional(
    v.union(
      [
        v.picklist(['earliest', 'latest']),
        v.pipe(
          v.date(),
          v.check((date) => date.getTime() <= Date.now(), 'must not be in the future; "latest" begins with what comes'),
        ),
      ],
      'must be "earliest", "latest" or a date',
    ),
    'earliest',
  ),
  signal: v.optional(v.instance(AbortSignal, 'must be an AbortSignal'), () => new AbortController().signal),
  untilCaughtUp: v.optional(v.boolean('must be true or false'), false),
  concurrency: v.optional(count, 10),
  lease: v.optional(milliseconds, 60_000),
  commitBytes: v.optional(
    v.pipe(v.number('must be a number'), v.integer('must be whole'), v.minValue(0, 'must be 0 or more')),
    0,
  ),
  discovery: v.optional(milliseconds),
  onProgress: v.optional(callable<(progress: Progress<Partition>) => void>(), () => () => {}),
})

/**
 * Reads a source: each partition in order and from its checkpoint, partitions side by side, one that comes after others
 * when those were read to their end. Every record is given to `onBatch` until that resolves for it; a reader that is
 * killed leaves at most one batch of each partition to be given again, and what `commitBytes` says.
 *
 * @returns How many partitions there were of each end, once there is nothing more to read, or the signal has fired.
 * @throws {InvalidOptions} naming the option.
 * @throws {RecordError} at a record that fails by itself, without `onFailure`.
 * @throws {ClaimLostError} when another reader has a partition, because this one had stalled.
 * @throws {SourceError} when the source cannot be read.
 * @throws {UncommittedError} when the signal has fired, and what was done last could not be committed; it says where that comes again.
 * @throws {TargetError} when `onBatch` did: at once, or as often as it said `retryable` for `patience` milliseconds (300,000).
 *
 * @example
 * ```ts
 * import { memoryCheckpoints, read, type Source } from '@causeway-aws/readers'
 *
 * export function print(source: Source): Promise<unknown> {
 *   return read({
 *     source,
 *     checkpoints: memoryCheckpoints(),
 *     untilCaughtUp: true,
 *     onBatch: async (records) => {
 *       for (const { position, data } of records) process.stdout.write(`${position} ${Buffer.from(data)}\n`)
 *     },
 *   })
 * }
 * ```
 */
export async function read<P extends Partition>(options: ReadOptions<P>): Promise<ReadSummary> {
  const parsed = parseOptions('read', optionsSchema, options)
  const { source, checkpoints, signal, concurrency, discovery = source.discovery ?? 10_000 } = parsed
  const untilCaughtUp = parsed.untilCaughtUp || source.finite === true
  const atMost = untilCaughtUp || source.partitionsEnd ? concurrency : Number.POSITIVE_INFINITY
  const start = parsed.start === 'latest' ? await checkpoints.begun(new Date()) : parsed.start
  const end = new AbortController()
  const reading: PartitionReading<Partition> = { ...parsed, untilCaughtUp, start, signal: end.signal }
  const running = new Map<string, Promise<void>>()
  const counts = { finished: 0, 'caught up': 0, held: 0 }
  /** Those that may be listed again. Of a source that lists each once, of however many, there are none. */
  const ended = new Map<string, keyof ReadSummary>()
  const failures: unknown[] = []
  /** Ends the wait before partitions are looked for again: a shard that has ended may have children. */
  let wake = (): void => {}
  /** Ends the wait for one of those that run. A race of them would leave something at the longest for each that it outlasts. */
  let free = (): void => {}

  function begin(partition: Partition): void {
    const run = readPartition(partition, reading)
      .then((end) => {
        // One that is held may be given back, one that was revoked come again.
        if (end === 'stopped' || end === 'revoked' || (end === 'held' && !untilCaughtUp)) return
        counts[end] += 1
        if (!source.finite) ended.set(partition.id, end)
        if (end === 'finished') wake()
      })
      .catch((error) => {
        failures.push(error)
        end.abort(error)
        wake()
      })
      .finally(() => {
        running.delete(partition.id)
        free()
      })
    running.set(partition.id, run)
  }

  /** Begins all that is to be read and not yet is. Resolves with whether there was any, and may be more because of it. */
  async function beginNew(): Promise<boolean> {
    const listed = new Set<string>()
    const isRead = (id: string) => !listed.has(id) || ended.get(id) === 'finished'
    let some = false
    for await (const partition of source.partitions(end.signal)) {
      if (!source.finite) listed.add(partition.id)
      if (running.has(partition.id) || ended.has(partition.id) || !partition.after.every(isRead)) continue
      while (running.size >= atMost) {
        const { promise, resolve } = Promise.withResolvers<void>()
        free = resolve
        await promise
      }
      if (end.signal.aborted) return false
      begin(partition)
      some = !source.finite
    }
    for (const id of ended.keys()) if (!listed.has(id)) ended.delete(id)
    return some
  }

  async function readAll(): Promise<void> {
    while (!end.signal.aborted) {
      const waiting = Promise.withResolvers<void>()
      wake = waiting.resolve
      const some = await beginNew()
      if (untilCaughtUp) {
        await Promise.all(running.values())
        if (!some) return
      } else {
        const timer = setTimeout(wake, discovery)
        await waiting.promise
        clearTimeout(timer)
      }
    }
  }

  const stop = (): void => {
    end.abort(signal.reason)
    wake()
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  try {
    await readAll().catch((error) => {
      if (!end.signal.aborted) throw error
    })
  } finally {
    end.abort()
    await Promise.all(running.values())
    signal.removeEventListener('abort', stop)
  }
  if (failures.length > 0) throw firstOf(failures)
  return counts
}

/** Of what is not committed, all is told at once. */
function firstOf([first, ...more]: readonly unknown[]): unknown {
  if (!(first instanceof UncommittedError)) return first
  const others = more.flatMap((error) => (error instanceof UncommittedError ? error.uncommitted : []))
  return new UncommittedError([...first.uncommitted, ...others], first.cause)
}
