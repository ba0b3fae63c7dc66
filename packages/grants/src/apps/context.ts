import { type Clock, InvalidOptions } from '@causeway-aws/auth'
import type { Change } from '../versions/version.ts'
import type { App } from './app.ts'
import { iamPolicy, refuseOtherAccounts, vendedPolicy } from './app-policy.ts'
import type { AppRole } from './app-role.ts'
import type { CutStore, SessionCutter } from './session-cutter.ts'
import type { AppStore } from './store.ts'

/** What everything that is done to an app works with. */
export interface AppContext {
  store: AppStore
  cuts: CutStore
  cutter: SessionCutter
  role: AppRole
  clock: Clock
  caller(): Promise<{ account: string; arn: string }>
}

/** What was done to an app. */
export interface AppReport {
  app: App
  /** Each a sentence. */
  done: readonly string[]
}

/** Who makes a change, when. */
export async function changeOf({ caller, clock }: AppContext, what: string): Promise<Change> {
  return { what, by: (await caller()).arn, at: new Date(clock.now()).toISOString() }
}

/** Refuses what no app can have. */
export function refuseUnusable(who: string, app: App, account: string): void {
  const policies = [iamPolicy(app), vendedPolicy(app)] // which refuse what is no queue, key, bucket or table
  refuseOtherAccounts(who, app, account)
  if (policies.every((policy) => policy === undefined)) {
    throw new InvalidOptions(`${who}: an app needs something that it uses: an edge, large bodies, an audit or a table.`)
  }
}

/**
 * Has the role of an app be as the record says, and gives its ARN; undefined where it needs none. Of two that change an app at
 * once, the one that comes last to its role may have read the record first, so it is read again.
 */
export async function followRecord(context: Pick<AppContext, 'store' | 'role'>, app: App): Promise<string | undefined> {
  const policy = vendedPolicy(app)
  if (policy === undefined && app.roleArn === undefined) return undefined
  const roleArn = await context.role.follow(app, policy)
  const newest = await context.store.find(app.app)
  if (newest === undefined || newest.app.version === app.version) return roleArn
  return followRecord(context, newest.app)
}
