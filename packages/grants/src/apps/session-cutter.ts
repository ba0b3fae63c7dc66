import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CausewayError, type Clock, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { loadedSdk } from '../versions/loaded-sdk.ts'
import { type VersionStore, versionStore } from '../versions/store.ts'
import { type AppCuts, type AppCutsVersion, type Cut, cutPolicy, cutsVersionSchema, withCut } from './cuts.ts'
import { roleNameOf } from './role-name.ts'

/** Where it is kept what is denied to the sessions of apps. */
export type CutStore = VersionStore<AppCuts, AppCutsVersion>

/** Keeps it in the table of grants, beside the apps, so that who may cut sessions need not be able to write an app. */
export const cutStore = (table: string, client: () => Promise<DynamoDBClient>): CutStore =>
  versionStore({
    table,
    client,
    sdk: loadedSdk,
    kind: 'cuts',
    schema: cutsVersionSchema,
    kept: ({ cuts }) => cuts,
    id: ({ app }) => app,
    unreadable: 'CutsUnreadable',
    notFound: (app) => new CausewayError(`No session of the app ${app} was ever cut.`, { code: 'CutsNotFound' }),
    conflict: ({ after: { app }, cause }) =>
      new CausewayError(`Many cut sessions of the app ${app} at once. Cut it again.`, {
        code: 'CutsConflict',
        retryable: true,
        cause,
      }),
  })

/** Which sessions of an app were cut: one, or, also where too many were to be denied one by one, all that were issued before. */
export type DeniedSessions = { app: string; session: string } | { app: string; before: string }

/** What cuts sessions of apps. */
export interface SessionCutter {
  /** Has the app's role deny everything to what is cut. `by` is who has asked. */
  cut(app: string, cut: Cut, by: string): Promise<DeniedSessions>
}

/** What sessions are cut with. */
export interface SessionCutterOptions {
  store: CutStore
  /** Writes an inline policy of a role. */
  put: (roleName: string, policyName: string, policy: object) => Promise<void>
  clock?: Clock
}

const isObject = (candidate: unknown) => typeof candidate === 'object' && candidate !== null
const isFunction = (candidate: unknown) => typeof candidate === 'function'

const schema = v.strictObject({
  store: v.custom<CutStore>(isObject),
  put: v.custom<SessionCutterOptions['put']>(isFunction),
  clock: v.optional(v.custom<Clock>(isObject), systemClock),
})

/** Each writer that comes second reads again; so many may come at once. */
const attempts = 50

/**
 * Cuts sessions of apps, by one inline policy of an app's role that holds nothing but what is denied.
 *
 * @throws {InvalidOptions}
 *
 * @example
 * ```ts
 * import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
 * import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
 * import { cutStore, sessionCutter } from '@causeway-aws/grants/apps'
 *
 * const dynamodb = new DynamoDBClient()
 * const iam = new IAMClient()
 * const cutter = sessionCutter({
 *   store: cutStore('causeway-grants', async () => dynamodb),
 *   async put(RoleName, PolicyName, policy) {
 *     await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(policy) }))
 *   },
 * })
 * export const cutAll = () => cutter.cut('orders', { before: new Date() }, 'an administrator')
 * ```
 */
export function sessionCutter(options: SessionCutterOptions): SessionCutter {
  const { store, put, clock } = parseOptions('sessionCutter', schema, options)

  /** Written down first: of what was not written into the role then, whoever cuts next knows. */
  async function writeDown(app: string, cut: Cut, by: string): Promise<AppCuts> {
    for (let attempt = 1; ; attempt += 1) {
      const now = await store.find(app)
      const after = withCut(now?.cuts ?? { app, version: 0, sessions: [] }, cut, clock.now())
      const at = new Date(clock.now()).toISOString()
      try {
        return await store.write(now?.cuts, after, { by, at, what: cut.session ?? 'all' })
      } catch (error) {
        if (attempt === attempts || !(error instanceof CausewayError) || error.code !== 'CutsConflict') throw error
      }
    }
  }

  /** IAM takes what comes last: of two at once, the one that comes last may have read the record first. */
  async function deny(cuts: AppCuts): Promise<AppCuts> {
    await put(roleNameOf(cuts.app), 'cut', cutPolicy(cuts))
    const { cuts: newest } = await store.get(cuts.app)
    return newest.version === cuts.version ? cuts : deny(newest)
  }

  return {
    async cut(app, cut, by) {
      const { before, sessions } = await deny(await writeDown(app, cut, by))
      const alone = sessions.find(({ session }) => session === cut.session)
      return alone ? { app, session: alone.session } : { app, before: before ?? '' }
    },
  }
}
