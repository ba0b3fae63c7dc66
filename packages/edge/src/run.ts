import type { SQSRecord } from 'aws-lambda'
import type { Backoff } from './backoff.ts'
import type { DeadLetters } from './dead-letters.ts'
import { decodeMessage, trackingIdOf } from './decode.ts'
import type { Send } from './gather.ts'
import type { Claim, Idempotency } from './idempotency.ts'
import { keyOf } from './idempotency-key.ts'
import { type Logger, MessageLogger } from './logger.ts'
import type { Message } from './message.ts'
import { settlingSends } from './outbox.ts'
import { Discard, type Outcome, Retry } from './outcome.ts'
import type { Processor } from './processor.ts'
import { type Reason, reasonOf } from './reason.ts'

/** What runs messages, in one invocation or one consumer. */
export interface RunSettings {
  readonly node: string
  readonly logger: Logger
  readonly messageType?: string | undefined
  readonly idempotency?: Idempotency | undefined
  readonly deadLetters?: DeadLetters | undefined
  readonly retryDelay: Backoff
  readonly outgoing: Send
}

/** One run of one message. */
export interface RunLimits {
  readonly signal: AbortSignal
  /** When whoever runs it is ended, in milliseconds since 1970: until then nobody else may run it. */
  readonly until: number
}

/** Takes messages through a node. */
export interface Run {
  /** Resolves with what became of the message of a record, or with nothing when it is simply done. May reject. */
  once(record: SQSRecord, limits: RunLimits): Promise<Outcome | undefined>
  /** What a rejection means for the message. */
  outcomeOf(error: unknown, record: SQSRecord): Outcome
}

const done: Outcome = { done: true }

/**
 * Makes what takes a message through a node: claim it, process it and settle what it sent, remember that it is done. A
 * message whose attempts are used up goes to the dead letters, one that cannot be read at once.
 */
export function createRun(settings: RunSettings, processor: Processor): Run {
  const { node, logger, messageType, idempotency, deadLetters, retryDelay, outgoing } = settings

  function process(message: Message, record: SQSRecord, signal: AbortSignal): Promise<undefined> {
    const about = new MessageLogger(logger, message.trackingId)
    return settlingSends(
      message,
      outgoing,
      (send) => processor(message, { signal, send, logger: about }),
      (late) => logger.error('message sent too late', describe(record, reasonOf(late, message.body))),
    )
  }

  /** What is left to do for a message whose run ended with an error. */
  function outcomeOf(error: unknown, record: SQSRecord, attempts: number): Outcome {
    const reason = reasonOf(error, record.body)
    if (error instanceof Retry) return { done: false, reason, after: error.afterSeconds * 1000, asked: true }
    if (!(error instanceof Discard)) return { done: false, reason, after: retryDelay(attempts) }
    logger.info('message discarded', describe(record, { reason: error.reason }))
    return done
  }

  /** Without a place for dead letters, or when that does not take it, the message comes again. */
  async function bury(record: SQSRecord, reason: Reason, attempts: number, key: string): Promise<Outcome> {
    if (!deadLetters) return { done: false, reason, after: retryDelay(attempts) }
    try {
      await deadLetters.bury(record, { reason: reason.reason, attempts, key })
    } catch (error) {
      logger.error('dead letter not accepted', describe(record, reasonOf(error, record.body)))
      return { done: false, reason, after: retryDelay(attempts) }
    }
    logger.error('message given up', { ...describe(record, reason), attempts })
    return done
  }

  async function runOnce(message: Message, record: SQSRecord, table: Idempotency, limits: RunLimits): Promise<Outcome> {
    const claiming = await table.claim(keyOf(node, record, message.trackingId), limits.until)
    if (claiming.state === 'done') {
      logger.info('message absorbed', { trackingId: message.trackingId, messageId: record.messageId })
      return done
    }
    if (claiming.state === 'running') {
      const after = Math.max(claiming.until - Date.now(), 0) + 1_000
      return { done: false, reason: { reason: 'another run of it goes on, or was cut off' }, after }
    }
    const { claim } = claiming
    const outcome = await runClaimed(message, record, claim, limits)
    if (outcome.done) await table.complete(claim)
    else if (outcome.asked) await table.release(claim)
    else await table.fail(claim, outcome.reason.reason)
    return outcome
  }

  async function runClaimed(message: Message, record: SQSRecord, claim: Claim, limits: RunLimits): Promise<Outcome> {
    const { attempts, key, lastReason = 'each run of it was cut off' } = claim
    const maxAttempts = deadLetters?.maxAttempts ?? Number.POSITIVE_INFINITY
    if (attempts > maxAttempts) return bury(record, { reason: lastReason }, maxAttempts, key)
    try {
      await process(message, record, limits.signal)
      return done
    } catch (error) {
      const outcome = outcomeOf(error, record, attempts)
      if (outcome.done || outcome.asked || attempts < maxAttempts) return outcome
      return bury(record, outcome.reason, attempts, key)
    }
  }

  function unreadable(error: unknown, record: SQSRecord): Promise<Outcome> {
    // It reads no better another time.
    return bury(record, reasonOf(error), receivedOf(record), keyOf(node, record, record.messageId))
  }

  return {
    // No async function: one more for each message is a tenth of what receiving it costs.
    once(record, limits) {
      let message: Message
      try {
        message = decodeMessage(record, { messageType })
      } catch (error) {
        return unreadable(error, record)
      }
      if (idempotency) return runOnce(message, record, idempotency, limits)
      return process(message, record, limits.signal)
    },
    outcomeOf: (error, record) => outcomeOf(error, record, receivedOf(record)),
  }
}

function receivedOf({ attributes }: SQSRecord): number {
  return Number(attributes.ApproximateReceiveCount)
}

/** What the log says about a message that failed. */
export function describe(record: SQSRecord, reason: Reason): Record<string, unknown> {
  return { messageId: record.messageId, trackingId: trackingIdOf(record), queue: record.eventSourceARN, ...reason }
}
