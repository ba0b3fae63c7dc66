import type { SQSRecord } from 'aws-lambda'
import type { Audit } from './audit/audit.ts'
import type { Backoff } from './backoff.ts'
import type { DeadLetters } from './dead-letters.ts'
import { decodeMessage, trackingIdOf } from './decode.ts'
import type { Send } from './gather.ts'
import type { Claim, Idempotency } from './idempotency.ts'
import { keyOf } from './idempotency-key.ts'
import type { LargeBodies } from './large-bodies/large-bodies.ts'
import { bodyStream, withBody } from './large-bodies/with-body.ts'
import { type Logger, MessageLogger } from './logger.ts'
import type { Message } from './message.ts'
import { settlingSends } from './outbox.ts'
import { Discard, type Outcome, Retry } from './outcome.ts'
import type { Processor } from './processor.ts'
import { type Reason, reasonOf, sayable } from './reason.ts'
import { type Notes, note, recorder } from './recorder.ts'
import { untilAborted } from './until-aborted.ts'

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
  readonly outgoing: Send
}

/** One run of one message. */
export interface RunLimits {
  readonly signal: AbortSignal
  /** Cuts what remembers messages and gives them up: comes after `signal`, when what was run is to be noted. */
  readonly closing: AbortSignal
  /** When whoever runs it is ended, in milliseconds since 1970: until then nobody else may run it. */
  readonly until: number
  /** Whether a run that began then, in milliseconds since 1970, was cut before it had the time that a message is given. */
  isCutShort(begun: number): boolean
}

/** Takes messages through a node. */
export interface Run {
  /** Resolves with what became of the message of a record, or with nothing when it is simply done. May reject. */
  once(record: SQSRecord, limits: RunLimits): Promise<Outcome | undefined>
  /** What a rejection means for the message. */
  outcomeOf(error: unknown, record: SQSRecord): Outcome
}

/**
 * Makes what takes a message through a node: claim it, process it and settle what it sent, remember that it is done,
 * record it. A message whose attempts are used up goes to the dead letters, one that cannot be read at once.
 */
export function createRun(settings: RunSettings, processor: Processor): Run {
  const { node, logger, messageType, idempotency, deadLetters, audit, largeBodies, streamBodies, retryDelay } = settings
  const record = recorder(audit)

  function process(message: Message, received: SQSRecord, { signal }: RunLimits, notes?: Notes): Promise<undefined> {
    const about = new MessageLogger(logger, message.trackingId)
    return settlingSends(
      message,
      settings.outgoing,
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
  function outcomeOf(error: unknown, received: SQSRecord, attempts: number, body = received.body): Outcome {
    const reason = reasonOf(error, body)
    if (error instanceof Retry) return { done: false, reason, after: error.afterSeconds * 1000, uncounted: true }
    if (!(error instanceof Discard)) return { done: false, reason, after: retryDelay(attempts) }
    const why = sayable(error.reason)
    logger.info('message discarded', describe(received, { reason: why }))
    return { done: true, as: 'discarded', notes: { reason: why } }
  }

  /** Without a place for dead letters, or when that does not take it, the message comes again. */
  async function bury(
    received: SQSRecord,
    reason: Reason,
    attempts: number,
    key: string,
    { closing }: RunLimits,
  ): Promise<Outcome> {
    const again: Outcome = { done: false, reason, after: retryDelay(attempts) }
    if (!deadLetters) return again
    try {
      await untilAborted(deadLetters.bury(received, { reason: reason.reason, attempts, key }, closing), closing)
    } catch (error) {
      logger.error('dead letter not accepted', describe(received, reasonOf(error, received.body)))
      return again
    }
    logger.error('message given up', { ...describe(received, reason), attempts })
    return { done: true, as: 'dead', notes: { reason: reason.reason, attempts } }
  }

  /** A message that came again after it was done is recorded, too: what cannot be known is whether it ever was. */
  async function runOnce(
    message: Message,
    received: SQSRecord,
    table: Idempotency,
    limits: RunLimits,
  ): Promise<Outcome> {
    const { until, closing } = limits
    const claiming = await untilAborted(table.claim(keyOf(node, received, message.trackingId), until, closing), closing)
    if (claiming.state === 'done') {
      logger.info('message absorbed', { trackingId: message.trackingId, messageId: received.messageId })
      return { done: true, as: claiming.as, notes: { repeated: true } }
    }
    if (claiming.state === 'running') {
      // Most runs end long before they must.
      const after = Math.min(retryDelay(receivesOf(received)), Math.max(claiming.until - Date.now(), 0) + 1_000)
      return { done: false, reason: { reason: 'another run of it goes on, or was cut off' }, after }
    }
    const { claim } = claiming
    const outcome = await runClaimed(message, received, claim, limits)
    if (outcome.done) await untilAborted(table.complete(claim, outcome.as, closing), closing)
    else await noteFailure(table, claim, outcome, received, closing)
    return outcome
  }

  /** A failure that cannot be noted leaves the message claimed, and says so beside its own reason. */
  async function noteFailure(
    table: Idempotency,
    claim: Claim,
    { reason, uncounted }: Outcome & { done: false },
    received: SQSRecord,
    closing: AbortSignal,
  ): Promise<void> {
    const noted = uncounted ? table.release(claim, closing) : table.fail(claim, reason.reason, closing)
    await untilAborted(noted, closing).catch((error) => {
      logger.error('failure not remembered', describe(received, reasonOf(error, received.body)))
    })
  }

  async function runClaimed(message: Message, received: SQSRecord, claim: Claim, limits: RunLimits): Promise<Outcome> {
    const { attempts, key, lastReason = 'each run of it was cut off' } = claim
    const maxAttempts = deadLetters?.maxAttempts ?? Number.POSITIVE_INFINITY
    if (attempts > maxAttempts) return bury(received, { reason: lastReason }, maxAttempts, key, limits)
    const begun = Date.now()
    const outcome = await runWhole(message, received, attempts, limits)
    if (outcome.done || outcome.uncounted) return outcome
    // Else a message would be given up for those that were run before it.
    if (limits.isCutShort(begun)) return { ...outcome, after: retryDelay(1), uncounted: true }
    if (attempts < maxAttempts) return outcome
    return bury(received, outcome.reason, attempts, key, limits)
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
      return outcomeOf(error, received, attempts, whole.body)
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
        return bury(received, reasonOf(error), receivesOf(received), key, limits).then(record(received, undefined))
      }
      if (idempotency) return runOnce(message, received, idempotency, limits).then(record(received, message))
      if (audit || message.bodyReference) {
        return runWhole(message, received, receivesOf(received), limits).then(record(received, message))
      }
      return process(message, received, limits)
    },
    outcomeOf: (error, received) => outcomeOf(error, received, receivesOf(received)),
  }
}

const unrecorded = (): void => {}

/** How often SQS has handed the message out, which an event that was made by hand may not say. */
function receivesOf({ attributes }: SQSRecord): number {
  return Number(attributes.ApproximateReceiveCount) || 1
}

/** What the log says about a message that failed. */
export function describe(record: SQSRecord, reason: Reason): Record<string, unknown> {
  return { messageId: record.messageId, trackingId: trackingIdOf(record), queue: record.eventSourceARN, ...reason }
}
