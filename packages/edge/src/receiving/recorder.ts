import { hash } from 'node:crypto'
import { parseOptions } from '@causeway-aws/auth'
import type { SQSRecord } from 'aws-lambda'
import * as v from 'valibot'
import type { Audit } from '../audit/audit.ts'
import { auditAttributesSchema } from '../audit/record.ts'
import { senderOf } from '../idempotency/key.ts'
import { trackingIdOf } from '../wire/decode.ts'
import { type Message, maxPreviousTrackingIds } from '../wire/message.ts'
import type { Outcome } from './outcome.ts'

/** What an audit record says of a message beside what became of it. */
export type Notes = Record<string, unknown>

/**
 * Adds to the notes on a message.
 *
 * @throws {InvalidOptions} when they are more than a record takes, so that the processor fails, and not what comes after it.
 */
export function note(notes: Notes, attributes: Readonly<Record<string, unknown>>): void {
  Object.assign(notes, parseOptions('audit', auditAttributesSchema, { ...notes, ...attributes }))
}

/** What the node itself has to say, beside what the processor noted, as far as a record takes both. */
export function withNotes(notes: Notes | undefined, own: Notes): Notes {
  const both = { ...notes, ...own }
  return v.is(auditAttributesSchema, both) ? both : own
}

type Recorded = (outcome: Outcome) => Outcome

/** Writes what became of a message that is done into the audit, where there is one. */
export type Recorder = (received: SQSRecord, message: Message | undefined) => Recorded

const unchanged: Recorded = (outcome) => outcome

/** A message that could not be read is recorded by what there is of it. */
export function recorder(audit: Audit | undefined): Recorder {
  if (!audit) return () => unchanged
  return (received, message) => (outcome) => {
    if (!outcome.done) return outcome
    const { sender, session } = senderOf(received.attributes)
    const recorded = audit.write({
      trackingId: message?.trackingId ?? trackingIdOf(received) ?? hash('sha256', received.messageId).slice(0, 32),
      // A stranger may send more, which are read, too.
      previousTrackingIds: message?.previousTrackingIds.slice(-maxPreviousTrackingIds) ?? [],
      sourceNode: sender,
      sourceSession: session,
      messageType: message?.type ?? 'unreadable',
      outcome: outcome.as,
      attributes: outcome.notes,
    })
    recorded.catch(() => {}) // whoever acknowledges the message waits for it
    return { ...outcome, recorded }
  }
}
