import { setTimeout } from 'node:timers/promises'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { LimitFunction } from 'p-limit'
import type { Backoff } from './backoff.ts'
import type { NotAccepted } from './edge-send-error.ts'
import { type Failure, requestFailure } from './failure.ts'
import { type Message, MessageError } from './message.ts'
import { pack } from './pack.ts'
import { isFifo } from './queue.ts'
import { sendBatch } from './send-batch.ts'
import { encodeMessage, type WireMessage, wireBytes } from './wire.ts'

export interface SendSettings {
  readonly queueUrl: string
  readonly client: SQSClient
  readonly maxBytes: number
  readonly maxAttempts: number
  readonly backoff: Backoff
  /** Runs at most as many requests at a time as the edge may have in flight. */
  readonly limit: LimitFunction
}

/** A message on its way. `failure` is what its last attempt, or reading it, came to. */
interface Entry {
  readonly trackingId: string
  readonly groupId: string
  readonly wire: WireMessage | undefined
  readonly bytes: number
  attempts: number
  failure: Failure | undefined
}

/** The entries that have to be accepted one after the other, and which of them is next. */
interface Lane {
  readonly entries: readonly Entry[]
  next: number
}

/**
 * Sends messages in rounds and says which were not accepted. A round sends the next message of every lane, packed into
 * batches; on a FIFO queue a lane is a group, on a standard one every message is a lane of its own.
 *
 * So no batch holds two messages of one FIFO group. It must not: SQS may accept the second of them and not the first, and
 * then no later attempt can put the first before it.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export async function sendInRounds(
  messages: readonly Message[],
  settings: SendSettings,
  signal: AbortSignal,
): Promise<NotAccepted[]> {
  const { maxAttempts, backoff } = settings
  const entries = entriesOf(messages, settings)
  const attempt = attempts(settings, signal)
  let lanes = lanesOf(entries, isFifo(settings.queueUrl))
  while (lanes.length > 0) {
    await attempt(lanes.map(head))
    const open: Lane[] = []
    let failedAttempts = 0
    for (const lane of lanes) {
      const entry = head(lane)
      if (entry.failure === undefined) {
        lane.next += 1
        if (lane.next < lane.entries.length) open.push(lane)
      } else if (entry.failure.retryable && entry.attempts < maxAttempts && !signal.aborted) {
        failedAttempts = Math.max(failedAttempts, entry.attempts)
        entry.failure = undefined
        open.push(lane)
      } else {
        holdBack(lane, entry)
      }
    }
    lanes = open
    // An abort ends the wait; the next round then says of each message that it was not sent.
    if (failedAttempts > 0) await setTimeout(backoff(failedAttempts), undefined, { signal }).catch(() => {})
  }
  return entries.flatMap(({ trackingId, failure }) => (failure === undefined ? [] : [{ trackingId, ...failure }]))
}

function entriesOf(messages: readonly Message[], { queueUrl, maxBytes }: SendSettings): Entry[] {
  const fifo = isFifo(queueUrl)
  const seen = new Set<string>()
  return messages.map((message) => {
    const { trackingId, groupId } = message
    const entry = { trackingId, groupId, wire: undefined, bytes: 0, attempts: 0 }
    // A FIFO queue would accept the second and drop it, in silence.
    if (seen.has(trackingId))
      return { ...entry, failure: refused('an earlier message of this send has its tracking id') }
    seen.add(trackingId)
    try {
      const wire = encodeMessage(message, { fifo })
      const bytes = wireBytes(wire)
      if (bytes > maxBytes)
        return { ...entry, failure: refused(`its ${bytes} bytes are over the limit of ${maxBytes}`) }
      return { ...entry, wire, bytes, failure: undefined }
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      return { ...entry, failure: { reason: error.message, retryable: false } }
    }
  })
}

function lanesOf(entries: readonly Entry[], fifo: boolean): Lane[] {
  const lanes = Map.groupBy(entries, (entry) => (fifo ? entry.groupId : entry))
  return Array.from(lanes.values(), (entries) => ({ entries, next: 0 }))
}

function head({ entries, next }: Lane): Entry {
  return entries[next] as Entry
}

/** What comes after a message that was given up cannot be sent without overtaking it. */
function holdBack({ entries, next }: Lane, { trackingId, failure }: Entry): void {
  for (const entry of entries.slice(next + 1)) {
    entry.failure ??= {
      reason: `held back, since ${trackingId} of its group was not accepted`,
      retryable: failure?.retryable ?? false,
    }
  }
}

/** Makes one attempt at every entry that has not failed already. */
function attempts(
  { client, queueUrl, maxBytes, limit }: SendSettings,
  signal: AbortSignal,
): (entries: readonly Entry[]) => Promise<unknown> {
  // A request that is refused as a whole (no such queue, access denied) would be refused again: nothing more is sent.
  let stopped: Failure | undefined

  async function attemptBatch(batch: readonly (Entry & { wire: WireMessage })[]): Promise<void> {
    if (signal.aborted) stopped ??= { reason: 'the send was aborted before its turn', retryable: true }
    const outcomes = stopped ? batch.map(() => stopped) : await outcomesOf(batch)
    for (const [position, entry] of batch.entries()) {
      entry.attempts += 1
      entry.failure = outcomes[position]
    }
  }

  async function outcomesOf(batch: readonly { wire: WireMessage }[]): Promise<(Failure | undefined)[]> {
    const wires = batch.map(({ wire }) => wire)
    try {
      return await sendBatch(client, queueUrl, wires, signal)
    } catch (error) {
      const failure = signal.aborted
        ? { reason: 'the send was aborted while it was under way, so it may have been accepted', retryable: true }
        : requestFailure(error)
      if (!failure.retryable) stopped = failure
      return batch.map(() => failure)
    }
  }

  return (entries) => {
    const ready = entries.filter((entry) => entry.wire !== undefined) as (Entry & { wire: WireMessage })[]
    return Promise.all(pack(ready, maxBytes).map((batch) => limit(attemptBatch, batch)))
  }
}

function refused(reason: string): Failure {
  return { reason, retryable: false }
}
