import type { SQSRecord } from 'aws-lambda'
import type { Backoff } from '../backoff.ts'
import type { Logger } from '../logger.ts'
import type { Outcome } from '../receiving/outcome.ts'
import { describe, type Reason, reasonOf } from '../receiving/reason.ts'
import { type Notes, withNotes } from '../receiving/recorder.ts'
import { untilAborted } from '../until-aborted.ts'
import type { DeadLetters } from './dead-letters.ts'

/** Gives a message up: what is left to do then. */
export type GiveUp = (
  received: SQSRecord,
  reason: Reason,
  death: { readonly attempts: number; readonly key: string; readonly notes?: Notes | undefined },
  closing: AbortSignal,
) => Promise<Outcome>

/** Without a place for dead letters, or when that does not take it, the message comes again. */
export function givingUp(deadLetters: DeadLetters | undefined, logger: Logger, retryDelay: Backoff): GiveUp {
  return async (received, reason, { attempts, key, notes }, closing) => {
    const again: Outcome = { done: false, reason, after: retryDelay(attempts) }
    if (!deadLetters) return again
    try {
      await untilAborted(deadLetters.bury(received, { reason: reason.reason, attempts, key }, closing), closing)
    } catch (error) {
      logger.error('dead letter not accepted', describe(received, reasonOf(error, received.body)))
      return again
    }
    logger.error('message given up', { ...describe(received, reason), attempts })
    return { done: true, as: 'dead', notes: withNotes(notes, { reason: reason.reason, attempts }) }
  }
}
