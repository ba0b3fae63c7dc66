import type { SQSClient } from '@aws-sdk/client-sqs'
import type { LimitFunction } from 'p-limit'
import { type Failure, requestFailure } from '../failure.ts'
import { untilAborted } from '../until-aborted.ts'
import type { WireMessage } from '../wire/wire.ts'
import { type Entry, type EntrySettings, storeBody } from './entry.ts'
import { pack } from './pack.ts'
import { sendBatch } from './send-batch.ts'

export interface AttemptSettings extends EntrySettings {
  readonly client: SQSClient
  /** Runs as many requests at a time as the edge may have in flight. */
  readonly limit: LimitFunction
  readonly patience: number
}

type Ready = Entry & { wire: WireMessage }

/**
 * Makes what makes one attempt at each of some entries, in batches, and leaves in each what it came to. Entries that
 * have failed already are passed over. A body that has to be stored is stored first, and only until that went well.
 */
export function createAttempt(
  settings: AttemptSettings,
  signal: AbortSignal | undefined,
): (entries: readonly Entry[]) => Promise<void> {
  const { client, queueUrl, maxBytes, largeBodies, limit, patience } = settings
  // A request that is refused as a whole (no such queue, access denied) would be refused again, and what has waited for
  // longer than it may would have others wait as long: nothing more is sent.
  let stopped: Failure | undefined

  async function outcomesOf(batch: readonly Ready[]): Promise<(Failure | undefined)[]> {
    if (signal?.aborted) stopped ??= { reason: 'the send was aborted before its turn', retryable: true }
    if (stopped) return new Array(batch.length).fill(stopped)
    const began = performance.now()
    try {
      const wires = batch.map(({ wire }) => wire)
      // The client cuts a request, but neither the wait for its credentials nor that before an attempt of its own.
      return await untilAborted(sendBatch(client, queueUrl, wires, signal), signal)
    } catch (error) {
      const failure = signal?.aborted
        ? { reason: 'the send was aborted while it was under way, so it may have been accepted', retryable: true }
        : requestFailure(error)
      if (!failure.retryable || isTooLong(began)) stopped = failure
      return new Array(batch.length).fill(failure)
    }
  }

  const isTooLong = (began: number): boolean => performance.now() - began >= patience

  async function store(entry: Entry): Promise<void> {
    if (stopped) return
    const began = performance.now()
    await storeBody(entry, settings, signal)
    if (entry.failure?.retryable && isTooLong(began)) stopped ??= entry.failure
  }

  async function attemptBatch(batch: readonly Ready[]): Promise<void> {
    const outcomes = await outcomesOf(batch)
    for (const [position, entry] of batch.entries()) {
      entry.attempts += 1
      entry.failure = outcomes[position]
    }
  }

  return async (entries) => {
    if (largeBodies && !stopped && !signal?.aborted) {
      const unstored = entries.filter((entry) => entry.unstored && !entry.failure)
      await Promise.all(unstored.map((entry) => limit(store, entry)))
    }
    const ready = entries.filter(({ failure }) => failure === undefined) as Ready[]
    await Promise.all(pack(ready, maxBytes).map((batch) => limit(attemptBatch, batch)))
  }
}
