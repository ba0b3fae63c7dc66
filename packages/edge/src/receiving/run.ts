import type { SQSRecord } from 'aws-lambda'
import type { Audit } from '../audit/audit.ts'
import type { Backoff } from '../backoff.ts'
import type { DeadLetters } from '../dead-letters/dead-letters.ts'
import { givingUp } from '../dead-letters/give-up.ts'
import type { Idempotency } from '../idempotency/idempotency.ts'
import { keyOf } from '../idempotency/key.ts'
import type { LargeBodies } from '../large-bodies/large-bodies.ts'
import { bodyStream, withBody } from '../large-bodies/with-body.ts'
import { type Logger, MessageLogger } from '../logger.ts'
import type { Send } from '../sending/gather.ts'
import { settlingSends } from '../sending/outbox.ts'
import { decodeMessage } from '../wire/decode.ts'
import type { Message } from '../wire/message.ts'
import { Discard, type Outcome, Retry } from './outcome.ts'
import type { Processor } from './processor.ts'
import { describe, endOf, reasonOf, reasonText } from './reason.ts'
import { receivesOf } from './received.ts'
import { type Notes, note, recorder, withNotes } from './recorder.ts'
import type { RunLimits } from './run-limits.ts'
import { createRunOnce } from './run-once.ts'

/** What runs messages, in one invocation or one consumer. */
export interface RunSettings {
  readonly node: string
  readonly logger: Logger
  readonly messageType?: string | undefined
  readonly idempotency?: Idempotency | undefined
  readonly deadLetters?: DeadLetters | undefined
  readonly audit?: Audit | undefined
  readonly largeBodies?: LargeBodies | undefined
  readonly streamBodies: boolean
  readonly retryDelay: Backoff
}

/** Takes messages through a node. */
export interface Run {
  /** Resolves with what became of the message of a record, or with nothing when it is simply done. May reject. */
  once(record: SQSRecord, limits: RunLimits): Promise<Outcome | undefined>
  /** What a rejection means for the message. */
  outcomeOf(error: unknown, record: SQSRecord, limits: RunLimits): Outcome
}

/**
 * Makes what takes a message through a node: claim it, process it and settle what it sent, remember that it is done,
 * record it. A message whose attempts are used up goes to the dead letters, one that cannot be read at once.
 */
export function createRun(settings: RunSettings, outgoing: Send, processor: Processor): Run {
  const { node, logger, messageType, idempotency, deadLetters, audit, largeBodies, streamBodies, retryDelay } = settings
  const record = recorder(audit)
  const giveUp = givingUp(deadLetters, logger, retryDelay)
  const maxAttempts = deadLetters?.maxAttempts ?? Number.POSITIVE_INFINITY
  const runOnce =
    idempotency && createRunOnce({ node, logger, idempotency, maxAttempts, retryDelay, giveUp, run: runWhole })

  function process(message: Message, received: SQSRecord, { signal }: RunLimits, notes?: Notes): Promise<undefined> {
    const about = new MessageLogger(logger, message.trackingId)
    return settlingSends(
      message,
      outgoing,
      (send) =>
        processor(message, {
          signal,
          send,
          logger: about,
          audit: notes ? (attributes) => note(notes, attributes) : unrecorded,
          bodyStream: () => bodyStream(message, largeBodies, { signal }),
        }),
      (late) => logger.error('message sent too late', describe(received, reasonOf(late, message.body))),
    )
  }

  /** What is left to do for a message whose run ended with an error. */
  function outcomeOf(
    error: unknown,
    received: SQSRecord,
    attempts: number,
    body = received.body,
    notes?: Notes,
  ): Outcome {
    const reason = reasonOf(error, body)
    const failed = { done: false, reason, ...(notes && { notes }) } as const
    if (error instanceof Retry) return { ...failed, after: error.afterSeconds * 1000, uncounted: true }
    if (!(error instanceof Discard)) return { ...failed, after: retryDelay(attempts) }
    const why = reasonText(error.reason, body)
    logger.info('message discarded', describe(received, { reason: why }))
    return { done: true, as: 'discarded', notes: withNotes(notes, { reason: why }) }
  }

  /** Its body is read first, where that is in S3. */
  async function runWhole(
    message: Message,
    received: SQSRecord,
    attempts: number,
    limits: RunLimits,
  ): Promise<Outcome> {
    const notes: Notes = {}
    let whole = message
    try {
      if (message.bodyReference) whole = await withBody(message, largeBodies, { streamBodies, signal: limits.signal })
      await process(whole, received, limits, notes)
      return { done: true, as: 'processed', notes }
    } catch (error) {
      return outcomeOf(endOf(error, limits.signal), received, attempts, whole.body, notes)
    }
  }

  return {
    // No async function: one more for each message is a tenth of what receiving it costs.
    once(received, limits) {
      let message: Message
      try {
        message = decodeMessage(received, { messageType })
      } catch (error) {
        // It reads no better another time.
        const key = keyOf(node, received, received.messageId)
        const death = { attempts: receivesOf(received), key }
        return giveUp(received, reasonOf(error), death, limits.closing).then(record(received, undefined))
      }
      if (runOnce) return runOnce(message, received, limits).then(record(received, message))
      if (audit || message.bodyReference) {
        return runWhole(message, received, receivesOf(received), limits).then(record(received, message))
      }
      return process(message, received, limits)
    },
    outcomeOf: (error, received, { signal }) => outcomeOf(endOf(error, signal), received, receivesOf(received)),
  }
}

const unrecorded = (): void => {}
