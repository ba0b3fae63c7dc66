import type { SQSRecord } from 'aws-lambda'
import type { Backoff } from '../backoff.ts'
import type { GiveUp } from '../dead-letters/give-up.ts'
import type { Claim, Idempotency } from '../idempotency/idempotency.ts'
import { keyOf } from '../idempotency/key.ts'
import type { Logger } from '../logger.ts'
import { untilAborted } from '../until-aborted.ts'
import type { Message } from '../wire/message.ts'
import { createGate } from './gate.ts'
import type { Outcome } from './outcome.ts'
import { describe, reasonOf } from './reason.ts'
import { receivesOf } from './received.ts'
import type { RunLimits } from './run-limits.ts'

/** What runs a message at most once at a time, and not again when it is done. */
export interface RunOnceSettings {
  readonly node: string
  readonly logger: Logger
  readonly idempotency: Idempotency
  /** How often a message is run before it is given up. */
  readonly maxAttempts: number
  readonly retryDelay: Backoff
  readonly giveUp: GiveUp
  /** Runs it, whatever was before. */
  readonly run: (message: Message, received: SQSRecord, attempts: number, limits: RunLimits) => Promise<Outcome>
}

/** SQS gives up what was received 1,000 times (infra/edge.yaml), and says no reason; what waits behind it goes the same way. */
const mostReceives = 900

export type RunOnce = (message: Message, received: SQSRecord, limits: RunLimits) => Promise<Outcome>

/**
 * Makes what claims a message, runs it, and notes what became of it.
 *
 * A run that was cut off says nothing about its message: whatever ended the process ended the runs of all messages in it.
 * So it does not count. The next run of each of them has the process to itself, and counts from its beginning: what cuts
 * that off is the message's own doing.
 */
export function createRunOnce({
  node,
  logger,
  idempotency,
  maxAttempts,
  retryDelay,
  giveUp,
  run,
}: RunOnceSettings): RunOnce {
  const gate = createGate()

  async function claimed(message: Message, received: SQSRecord, limits: RunLimits): Promise<Claim | Outcome> {
    const { until, closing } = limits
    const key = keyOf(node, received, message.trackingId)
    const claiming = await untilAborted(idempotency.claim(key, until, closing), closing)
    if (claiming.state === 'claimed') return claiming.claim
    if (claiming.state === 'done') {
      // It is recorded, too: what cannot be known is whether it ever was.
      logger.info('message absorbed', { trackingId: message.trackingId, messageId: received.messageId })
      return { done: true, as: claiming.as, notes: { repeated: true } }
    }
    // Most runs end long before they must.
    const after = Math.min(retryDelay(receivesOf(received)), Math.max(claiming.until - Date.now(), 0) + 1_000)
    return { done: false, reason: { reason: 'another run of it goes on, or was cut off' }, after }
  }

  /** What becomes of a message that is claimed, once it may begin. */
  async function settled(
    message: Message,
    received: SQSRecord,
    claim: Claim,
    limits: RunLimits,
    mayBegin: Promise<unknown>,
  ): Promise<Outcome> {
    const { closing, signal } = limits
    let outcome: Outcome
    try {
      await mayBegin
      signal.throwIfAborted()
      outcome = await runClaimed(message, received, claim, limits)
    } catch (error) {
      outcome = { done: false, reason: reasonOf(error), after: retryDelay(1), uncounted: true }
    }
    if (outcome.done) await untilAborted(idempotency.complete(claim, outcome.as, closing), closing)
    else await noteFailure(claim, outcome, received, closing)
    return outcome
  }

  /** A failure that cannot be noted leaves the message claimed, and says so beside its own reason. */
  async function noteFailure(
    claim: Claim,
    { reason, uncounted }: Outcome & { done: false },
    received: SQSRecord,
    closing: AbortSignal,
  ): Promise<void> {
    const noted = uncounted ? idempotency.release(claim, closing) : idempotency.fail(claim, reason.reason, closing)
    await untilAborted(noted, closing).catch((error) => {
      logger.error('failure not remembered', describe(received, reasonOf(error, received.body)))
    })
  }

  async function runClaimed(message: Message, received: SQSRecord, claim: Claim, limits: RunLimits): Promise<Outcome> {
    const { attempts, key, lastReason = 'each run of it was cut off' } = claim
    if (attempts > maxAttempts) {
      return giveUp(received, { reason: lastReason }, { attempts: maxAttempts, key }, limits.closing)
    }
    const begun = Date.now()
    const outcome = await run(message, received, attempts, limits)
    if (outcome.done) return outcome
    // Else a message would be given up for those that were run before it.
    const isCut = !outcome.uncounted && limits.isCutShort(begun)
    const failed = isCut ? { ...outcome, after: retryDelay(1), uncounted: true } : outcome
    const isLast = failed.uncounted ? receivesOf(received) >= mostReceives : attempts >= maxAttempts
    if (!isLast) return failed
    const { reason, notes } = failed
    return giveUp(received, reason, { attempts, key, notes }, limits.closing)
  }

  return async (message, received, limits) => {
    const { signal, closing } = limits
    // One that comes for the first time was in no process that ended. Of the others one is claimed at a time: what is
    // claimed and waits would be cut off with the one that runs.
    using first = receivesOf(received) > 1 ? await gate.reserve(signal) : undefined
    const claim = await claimed(message, received, limits)
    if (!('token' in claim)) return claim
    if (claim.cutOff) {
      using reservation = first ?? (await gate.reserve(signal))
      const alone = reservation.alone().then(() => untilAborted(idempotency.count(claim, closing), closing))
      return await settled(message, received, claim, limits, alone)
    }
    first?.[Symbol.dispose]()
    using place = new DisposableStack()
    const entered = gate.enter(signal).then((entered) => place.use(entered))
    return await settled(message, received, claim, limits, entered)
  }
}
