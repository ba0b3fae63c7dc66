import { setTimeout } from 'node:timers/promises'
import { CausewayError } from '@causeway-aws/auth'
import type { Backoff } from '@causeway-aws/edge'
import type { Partition, SourceRecord } from './source.ts'
import { SourceError } from './source-error.ts'
import { TargetError } from './target-error.ts'

/** What is done with records, and with those that fail. */
export interface DeliveryOptions<P extends Partition> {
  /** Does something with records, in their order. They are done when it resolves, and come again when it rejects. */
  readonly onBatch: (records: readonly SourceRecord[], context: DeliveryContext<P>) => Promise<unknown>
  /** The most records that `onBatch` is given at once, where a source gives more. Default: as many as it gives. */
  readonly batchRecords?: number | undefined
  /**
   * Called with a record that fails by itself, however often it is tried. The record is done when it resolves: it was sent
   * to where failed records go, or is left out. Default: reading ends there, with {@link RecordError}.
   */
  readonly onFailure?: ((failure: FailedRecord<P>) => Promise<unknown>) | undefined
  /** How often records are tried before they are tried by halves, and one before it has failed. */
  readonly maxAttempts: number
  /** How long to wait between attempts, in milliseconds. */
  readonly backoff: Backoff
  /** How long a batch is tried, in milliseconds, of which `onBatch` says by a {@link TargetError} that it may be taken later. */
  readonly patience: number
}

export interface DeliveryContext<P extends Partition> {
  readonly partition: P
  /** Fires when reading ends, or another reader has the partition. */
  readonly signal: AbortSignal
}

/** A record that fails by itself. */
export interface FailedRecord<P extends Partition> {
  readonly partition: P
  readonly record: SourceRecord
  /** What `onBatch` rejected with. */
  readonly error: unknown
}

/** A record fails by itself, and nothing is said of what becomes of such records. The checkpoint is before it. */
export class RecordError extends CausewayError {
  readonly partition: string
  readonly position: string
  /** Why it fails, without a word of what it holds. */
  readonly reason: string

  constructor(partition: string, position: string, cause: unknown) {
    // What another says may quote the record: V8 does, of what is not JSON.
    const reason = cause instanceof CausewayError ? cause.message : cause instanceof Error ? cause.name : typeof cause
    super(`The record at ${position} of ${partition} fails (${reason}), and there is no onFailure to give it to.`, {
      code: 'RecordError',
      cause,
    })
    this.partition = partition
    this.position = position
    this.reason = reason
  }
}

/**
 * Delivers records in their order, the whole batch first. When it fails for good it is split until the record is found
 * that is at fault; what was before that one is done by then. `onDone` is told of each position up to which all is done.
 */
export async function deliver<P extends Partition>(
  records: readonly SourceRecord[],
  { onBatch, onFailure, maxAttempts, backoff, patience }: DeliveryOptions<P>,
  context: DeliveryContext<P>,
  onDone: (position: string) => Promise<void>,
): Promise<void> {
  const { partition, signal } = context

  /** Resolves with the error of the last attempt, if all failed. */
  async function attempt(some: readonly SourceRecord[], attempts: number): Promise<{ error: unknown } | undefined> {
    const faulty = some.find(({ fault }) => fault !== undefined)
    if (faulty) return { error: new SourceError(faulty.fault ?? '') }
    const began = performance.now()
    let [failed, refused] = [0, 0]
    for (;;) {
      try {
        await onBatch(some, context)
        return undefined
      } catch (error) {
        // What was cut did not fail.
        signal.throwIfAborted()
        if (error instanceof TargetError) {
          refused += 1
          if (!error.retryable || performance.now() - began > patience) throw error
        } else {
          failed += 1
          if (failed >= attempts || (error instanceof CausewayError && !error.retryable)) return { error }
        }
      }
      await setTimeout(backoff(failed + refused), undefined, { signal })
    }
  }

  async function part(some: readonly SourceRecord[], attempts: number): Promise<void> {
    const failure = await attempt(some, attempts)
    const [first] = some
    if (failure && first && some.length === 1) {
      if (!onFailure) throw new RecordError(partition.id, first.position, failure.error)
      await onFailure({ partition, record: first, error: failure.error })
    } else if (failure) {
      const middle = Math.ceil(some.length / 2)
      for (const half of [some.slice(0, middle), some.slice(middle)])
        await part(half, half.length === 1 ? maxAttempts : 1)
      return
    }
    const last = some.at(-1)
    if (last) await onDone(last.position)
  }

  await part(records, maxAttempts)
}
