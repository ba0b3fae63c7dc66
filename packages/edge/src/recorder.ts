import { hash } from 'node:crypto'
import type { SQSRecord } from 'aws-lambda'
import type { Audit } from './audit/audit.ts'
import { trackingIdOf } from './decode.ts'
import { senderOf } from './idempotency-key.ts'
import type { Message } from './message.ts'
import type { Outcome } from './outcome.ts'

/** What an audit record says of a message beside what became of it. */
export type Notes = Record<string, unknown>

type Recorded = (outcome: Outcome) => Outcome

/** Writes what became of a message that is done into the audit, where there is one. */
export type Recorder = (received: SQSRecord, message: Message | undefined) => Recorded

const unchanged: Recorded = (outcome) => outcome

/** A message that could not be read is recorded by what there is of it. */
export function recorder(audit: Audit | undefined): Recorder {
  if (!audit) return () => unchanged
  return (received, message) => (outcome) => {
    if (!outcome.done) return outcome
    const recorded = audit.write({
      trackingId: message?.trackingId ?? trackingIdOf(received) ?? hash('sha256', received.messageId).slice(0, 32),
      previousTrackingIds: message?.previousTrackingIds ?? [],
      sourceNode: senderOf(received.attributes),
      messageType: message?.type ?? 'unreadable',
      outcome: outcome.as,
      attributes: outcome.notes,
    })
    recorded.catch(() => {}) // whoever acknowledges the message waits for it
    return { ...outcome, recorded }
  }
}
