import type { SQSRecord } from 'aws-lambda'
import type { Backoff } from './backoff.ts'
import type { DeadLetters } from './dead-letters.ts'
import { decodeMessage, trackingIdOf } from './decode.ts'
import type { Send } from './gather.ts'
import type { Claim, Idempotency } from './idempotency.ts'
import { aboutMessage, type Logger } from './logger.ts'
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

/** Runs the message of a record, and says what became of it. Never rejects. */
export type Run = (record: SQSRecord, limits: RunLimits) => Promise<Outcome>

/**
 * Makes what takes a message through a node: claim it, process it and settle what it sent, remember that it is done. A
 * message whose attempts are used up goes to the dead letters, one that cannot be read at once.
 */
export function createRun(settings: RunSettings, processor: Processor): Run {
  const { node, logger, messageType, idempotency, deadLetters, retryDelay, outgoing } = settings

  async function process(message: Message, record: SQSRecord, signal: AbortSignal): Promise<void> {
    const about = aboutMessage(logger, message.trackingId)
    try {
      await settlingSends(
        message,
        outgoing,
        (send) => processor(message, { signal, send, logger: about }),
        (late) => logger.error('message sent too late', describe(record, reasonOf(late, message.body))),
      )
    } catch (error) {
      if (!(error instanceof Discard)) throw error
      about.info('message discarded', { reason: error.reason })
    }
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
    if (deadLetters && claim.attempts > deadLetters.maxAttempts) {
      return giveUp(record, { reason: claim.lastReason ?? 'each run of it was cut off' }, table, claim)
    }
    try {
      await process(message, record, limits.signal)
      await table.complete(claim)
      return done
    } catch (error) {
      const outcome = again(record, error, claim.attempts)
      if (error instanceof Retry) await table.release(claim)
      else if (claim.attempts === deadLetters?.maxAttempts) return giveUp(record, outcome.reason, table, claim)
      else await table.fail(claim, outcome.reason.reason)
      return outcome
    }
  }

  async function giveUp(record: SQSRecord, reason: Reason, table: Idempotency, claim: Claim): Promise<Outcome> {
    const outcome = await bury(record, reason, claim.attempts, claim.key)
    await (outcome.done ? table.complete(claim) : table.fail(claim, reason.reason))
    return outcome
  }

  /** Without a place for dead letters, or when that does not take it, the message comes again. */
  async function bury(record: SQSRecord, reason: Reason, attempts: number, key: string): Promise<Outcome> {
    if (!deadLetters) return { done: false, reason, after: retryDelay(attempts) }
    try {
      await deadLetters.bury(record, { reason: reason.reason, attempts, key })
    } catch (error) {
      return again(record, error, attempts)
    }
    logger.error('message given up', { ...describe(record, reason), attempts })
    return done
  }

  function again(record: SQSRecord, error: unknown, attempts: number): Outcome & { done: false } {
    const after = error instanceof Retry ? error.afterSeconds * 1000 : retryDelay(attempts)
    return { done: false, reason: reasonOf(error, record.body), after }
  }

  return async (record, limits) => {
    const received = Number(record.attributes.ApproximateReceiveCount)
    let message: Message
    try {
      message = decodeMessage(record, { messageType })
    } catch (error) {
      // It reads no better another time.
      return bury(record, reasonOf(error), received, keyOf(node, record, record.messageId))
    }
    try {
      if (idempotency) return await runOnce(message, record, idempotency, limits)
      await process(message, record, limits.signal)
      return done
    } catch (error) {
      return again(record, error, received)
    }
  }
}

const done: Outcome = { done: true }

/**
 * Names a message in a node. The sender is part of it, so that nobody has a message of another taken for a repetition
 * by sending its tracking id before; of a role's session only the role, whose sessions change. So is the redrive that
 * brought it back from the dead letters.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html ("SenderId")
 */
function keyOf(node: string, record: SQSRecord, trackingId: string): string {
  const edge = record.eventSourceARN.slice(record.eventSourceARN.lastIndexOf(':') + 1)
  const [sender] = record.attributes.SenderId.split(':')
  const redrive = record.messageAttributes.redrive?.stringValue
  return [node, edge, sender, trackingId, redrive].filter((part) => part !== undefined).join('#')
}

/** What the log says about a message that failed. */
export function describe(record: SQSRecord, reason: Reason): Record<string, unknown> {
  return { messageId: record.messageId, trackingId: trackingIdOf(record), queue: record.eventSourceARN, ...reason }
}
