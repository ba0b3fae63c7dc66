import type { Clock } from '@causeway-aws/auth'
import type { Change } from '../versions/version.ts'
import type { GrantClients } from './clients.ts'
import type { ExternalIds } from './external-ids.ts'
import type { PolicyLock } from './given/policy-lock.ts'
import type { Grant } from './grant.ts'
import { type GrantState, stateAt } from './state.ts'
import type { GrantStore } from './store.ts'

/** Who asks. */
export interface Caller {
  account: string
  arn: string
}

/** What everything that is done to a grant works with. */
export interface GrantContext {
  store: GrantStore
  clients: GrantClients
  externalIds: ExternalIds
  lock: PolicyLock
  clock: Clock
  caller(): Promise<Caller>
}

/** What was done to a grant, and what has to be done elsewhere before more can be. */
export interface GrantReport {
  grant: Grant
  /** Each a sentence. */
  done: readonly string[]
  /** A sentence about what the partner, or time, has to do next. */
  waitsFor?: string
}

export const stateNow = ({ clock }: Pick<GrantContext, 'clock'>, grant: Grant): GrantState =>
  stateAt(grant, clock.now())

/** Who makes a change, when. */
export async function changeOf({ caller, clock }: GrantContext, what: string): Promise<Change> {
  return { what, by: (await caller()).arn, at: new Date(clock.now()).toISOString() }
}
