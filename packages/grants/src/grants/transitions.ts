import { CausewayError } from '@causeway-aws/auth'
import type { GrantState, StoredState } from './state.ts'

/** What is done to a grant. `accept` and `revoke` are begun, and done when all that they write is written. */
export type GrantAction = 'accept' | 'accepted' | 'export' | 'narrow' | 'revoke' | 'revoked' | 'rotate'

/** Where an action leads from each state: to a state, or to why not and what to do in place of it. */
const transitions: Record<GrantAction, Record<GrantState, { to: StoredState } | string>> = {
  export: {
    created: { to: 'created' },
    accepting: { to: 'accepting' },
    active: { to: 'active' },
    expired: 'has ended, so there is nothing to hand on. Create another.',
    revoking: 'is being revoked, so there is nothing to hand on. Create another.',
    revoked: 'was revoked, so there is nothing to hand on. Create another.',
  },
  accept: {
    created: { to: 'accepting' },
    accepting: { to: 'accepting' },
    active: 'is accepted already. To change who uses it, create another, and then revoke this one.',
    expired: 'has ended, so it cannot be accepted any more. Create another.',
    revoking: 'is being revoked, so it cannot be accepted. Create another.',
    revoked: 'was revoked, so it cannot be accepted. Create another.',
  },
  accepted: {
    created: 'was changed while it was accepted. Accept it again.',
    accepting: { to: 'active' },
    active: { to: 'active' },
    expired: 'has ended while it was accepted. Revoke it, and create another.',
    revoking: 'was revoked while it was accepted. Revoke it again, to take out what accepting has written.',
    revoked: 'was revoked while it was accepted. Create another.',
  },
  rotate: {
    created: 'is not accepted yet, so its ExternalId is new. Accept it first.',
    accepting: 'is not accepted yet. Finish that first, by the same accept.',
    active: { to: 'active' },
    expired: 'has ended, so its ExternalId is good for nothing. Create another.',
    revoking: 'is being revoked, so its ExternalId is good for nothing. Create another.',
    revoked: 'was revoked, so its ExternalId is good for nothing. Create another.',
  },
  narrow: {
    created: 'is not accepted yet, so no role uses it. Accept it for those that should.',
    accepting: 'is not accepted yet. Finish that first, by the same accept.',
    active: { to: 'active' },
    expired: 'has ended, for all roles. There is nothing left to do.',
    revoking: 'is being revoked, for all roles. Finish that, by the same revoke.',
    revoked: 'was revoked already, for all roles. There is nothing left to do.',
  },
  revoke: {
    created: { to: 'revoking' },
    accepting: { to: 'revoking' },
    active: { to: 'revoking' },
    expired: { to: 'revoking' },
    revoking: { to: 'revoking' },
    revoked: 'was revoked already. There is nothing left to do.',
  },
  revoked: {
    created: 'was changed while it was revoked. Revoke it again.',
    accepting: 'was changed while it was revoked. Revoke it again.',
    active: 'was changed while it was revoked. Revoke it again.',
    expired: 'was changed while it was revoked. Revoke it again.',
    revoking: { to: 'revoked' },
    revoked: { to: 'revoked' },
  },
}

/**
 * What was asked of a grant is not for the state that it is in.
 *
 * @example
 * ```ts
 * import { GrantRefused, nextState } from '@causeway-aws/grants'
 *
 * try {
 *   nextState('4f1c', 'rotate', 'revoked')
 * } catch (error) {
 *   if (!(error instanceof GrantRefused)) throw error
 *   process.stderr.write(`${error.message}\n`)
 * }
 * ```
 */
export class GrantRefused extends CausewayError {
  /** The state that the grant is in. */
  readonly state: GrantState

  constructor(id: string, state: GrantState, because: string) {
    super(`The grant ${id} ${because}`, { code: 'GrantRefused' })
    this.state = state
  }
}

/**
 * The state that an action leads to.
 *
 * @param id The grant's, for the sentence.
 * @param state As {@link stateAt} gives it.
 * @throws {GrantRefused} where the action is not for that state.
 *
 * @example
 * ```ts
 * import { nextState } from '@causeway-aws/grants'
 *
 * export const begun = nextState('4f1c', 'accept', 'created')
 * ```
 */
export function nextState(id: string, action: GrantAction, state: GrantState): StoredState {
  const next = transitions[action][state]
  if (typeof next === 'string') throw new GrantRefused(id, state, next)
  return next.to
}
