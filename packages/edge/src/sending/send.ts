import { setTimeout } from 'node:timers/promises'
import type { Backoff } from '../backoff.ts'
import { isFifo } from '../queue.ts'
import type { Message } from '../wire/message.ts'
import { type AttemptSettings, createAttempt } from './attempt.ts'
import type { NotAccepted } from './edge-send-error.ts'
import { type Entry, entriesOf } from './entry.ts'

export interface SendSettings extends AttemptSettings {
  readonly maxAttempts: number
  readonly patience: number
  readonly backoff: Backoff
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
 * So no batch holds two messages of one FIFO group. It must not: a batch can be accepted in part, and when the second
 * of a group was accepted and the first was not, no later attempt can put the first before it.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export async function sendInRounds(
  messages: readonly Message[],
  settings: SendSettings,
  { signal, large }: { readonly signal: AbortSignal | undefined; readonly large: boolean },
): Promise<NotAccepted[]> {
  const { queueUrl, backoff } = settings
  const entries = entriesOf(messages, settings, large)
  const attempt = createAttempt(settings, signal)
  let lanes = lanesOf(entries, isFifo(queueUrl))
  while (lanes.length > 0) {
    for (const lane of lanes) head(lane).since ??= performance.now()
    await attempt(lanes.map(head))
    const open: Lane[] = []
    let failedAttempts = 0
    for (const lane of lanes) {
      const entry = head(lane)
      if (entry.failure === undefined) {
        lane.next += 1
        if (lane.next < lane.entries.length) open.push(lane)
      } else if (entry.failure.retryable && mayTryAgain(entry, settings) && !signal?.aborted) {
        failedAttempts = Math.max(failedAttempts, entry.attempts)
        entry.failure = undefined
        open.push(lane)
      } else {
        holdBack(lane, entry)
      }
    }
    lanes = open
    // An abort ends the wait; the next round then says of each message that it was not sent.
    if (failedAttempts > 0) await setTimeout(backoff(failedAttempts), undefined, signal && { signal }).catch(() => {})
  }
  return entries.flatMap(({ trackingId, failure }) => (failure === undefined ? [] : [{ trackingId, ...failure }]))
}

const mayTryAgain = ({ attempts, since = 0 }: Entry, { maxAttempts, patience }: SendSettings): boolean =>
  attempts < maxAttempts && performance.now() - since < patience

function lanesOf(entries: readonly Entry[], fifo: boolean): Lane[] {
  if (!fifo) return entries.map((entry) => ({ entries: [entry], next: 0 }))
  const lanes = Map.groupBy(entries, ({ groupId }) => groupId)
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
