import { CausewayError } from '@causeway-aws/auth'
import type { AuditOutcome } from '../audit/record.ts'

/** The right to run a message, until a time. */
export interface Claim {
  readonly key: string
  /** Tells this claim from an earlier or later one of the same message. */
  readonly token: string
  /** How often the message was run, this time included. A run that was cut off is left out, unless it was counted. */
  readonly attempts: number
  /** Whether the run before this one was cut off: nobody has said how it ended. */
  readonly cutOff: boolean
  /** Why the last run failed, where one did. */
  readonly lastReason: string | undefined
}

/** What claiming a message came to. */
export type Claiming =
  | { readonly state: 'claimed'; readonly claim: Claim }
  /** It needs no further run: it was processed or discarded, or is among the dead letters. */
  | { readonly state: 'done'; readonly as: AuditOutcome }
  /** It is being run, or whoever ran it was killed: nobody knows before then. Milliseconds since 1970. */
  | { readonly state: 'running'; readonly until: number }

/**
 * Remembers which messages a node has run, so that one that is delivered again takes effect once, and how often, so that
 * one that always fails comes to an end. `idempotencyTable` keeps it in DynamoDB.
 */
export interface Idempotency {
  /** Claims a message until a time (milliseconds since 1970), after which another may. */
  claim(key: string, until: number, abortSignal?: AbortSignal): Promise<Claiming>
  /** The message needs no further run. Rejects with {@link ClaimLostError} when another has claimed it meanwhile. */
  complete(claim: Claim, as: AuditOutcome, abortSignal?: AbortSignal): Promise<void>
  /** The run counts from now on, also when it is cut off. */
  count(claim: Claim, abortSignal?: AbortSignal): Promise<void>
  /** The run failed, and counts. */
  fail(claim: Claim, reason: string, abortSignal?: AbortSignal): Promise<void>
  /** The run does not count: the processor asked for another time, or it was cut before it had its time. */
  release(claim: Claim, abortSignal?: AbortSignal): Promise<void>
}

/** A message took longer than it was claimed for, and another run has claimed it since. */
export class ClaimLostError extends CausewayError {
  constructor() {
    super('The run of the message outlived its claim, and another run has begun; give the node more time.', {
      code: 'ClaimLostError',
      retryable: true,
    })
  }
}
