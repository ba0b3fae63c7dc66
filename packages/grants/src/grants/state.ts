/**
 * What is stored of a grant's state. `accepting` and `revoking` are begun and not done: whoever does the same again goes
 * on with them.
 */
export type StoredState = 'created' | 'accepting' | 'active' | 'revoking' | 'revoked'

/** What a grant is to whoever reads it: as stored, or `expired`, which follows from its end and is never stored. */
export type GrantState = StoredState | 'expired'

/** All states, in the order in which a grant goes through them. */
export const grantStates: readonly GrantState[] = ['created', 'accepting', 'active', 'expired', 'revoking', 'revoked']

/**
 * The state of a grant at a time. What has ended is expired from that moment on, whether or not anybody has taken
 * anything out yet; what was revoked stays so.
 *
 * @param grant Its stored state, and its end, if it has one.
 * @param now Milliseconds since 1970.
 *
 * @example
 * ```ts
 * import { stateAt } from '@causeway-aws/grants'
 *
 * export const state = stateAt({ state: 'active', until: '2026-12-31T00:00:00Z' }, Date.now())
 * ```
 */
export function stateAt(grant: { state: StoredState; until?: string | undefined }, now: number): GrantState {
  if (grant.until === undefined || grant.state === 'revoking' || grant.state === 'revoked') return grant.state
  return now < Date.parse(grant.until) ? grant.state : 'expired'
}
