import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { STSClientConfig } from '@aws-sdk/client-sts'
import { type Clock, InvalidOptions, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import {
  type App,
  type AppChanges,
  type AppHolder,
  type AppResources,
  type AppVersion,
  appName,
  changesSchema,
  isServed,
  requestSchema,
  type Vendor,
} from './app.ts'
import { AppConflict, AppExists } from './app-error.ts'
import { iamPolicy, refuseOtherAccounts, vendedPolicy } from './app-policy.ts'
import { appRole } from './app-role.ts'
import { type AppCuts, sessionName } from './cuts.ts'
import { delay } from './delay.ts'
import { cutStore, sessionCutter } from './session-cutter.ts'
import { appStore } from './store.ts'

/** What every SDK client is made with. */
export type AppClientSettings = Pick<
  STSClientConfig,
  'credentials' | 'endpoint' | 'maxAttempts' | 'region' | 'requestHandler' | 'retryStrategy'
>

/** Where apps are kept, and as whom. */
export interface AppsOptions {
  /** The table of grants, as `infra/grants.yaml` makes it. */
  table: string
  /** What every SDK client is made with. Default: all from the environment. */
  client?: AppClientSettings
  /** Default: this machine's clocks. */
  clock?: Clock
  /** Told of each client that is made, and gives it back. */
  onClient?: <Client extends { middlewareStack: unknown }>(client: Client) => Client
}

/** An app to be: who it is for, what it uses, and who gives it its sessions. */
export interface AppRequest extends Omit<AppHolder, 'maxDuration'>, Partial<AppResources> {
  /** Its name: 1 to 32 lower case letters, digits and hyphens. */
  app: string
  /** Default: 3,600 seconds. */
  maxDuration?: number
  vendor: Vendor
}

/** What was done to an app. */
export interface AppReport {
  app: App
  /** Each a sentence. */
  done: readonly string[]
}

/** The apps of an account. All rejects with AWS's own errors where the caller may not do what it takes. */
export interface Apps {
  /** Makes the app's role, and its record. Rejects with {@link AppExists}, or {@link InvalidOptions} for what no app can have. */
  create(request: AppRequest): Promise<App>
  /** Rejects with {@link AppNotFound}. */
  get(app: string): Promise<AppVersion>
  list(): Promise<AppVersion[]>
  /** Every version, the first one first. */
  history(app: string): Promise<AppVersion[]>
  /** Ends an app: no credentials from now on, and those that it has are cut. Killed, the same call goes on. */
  disable(app: string): Promise<AppReport>
  /**
   * Changes what is on record of an app, and has its role follow; without changes, has its role follow. With `version`, only
   * if that is the newest. Killed, the same call goes on. Rejects with {@link AppConflict}, which says what somebody else has
   * changed.
   */
  change(app: string, changes: AppChanges, options?: { version?: number | undefined }): Promise<AppReport>
  /** Cuts one session by the name that the vendor's log and CloudTrail tell, or all that there are. The app may ask for another. */
  cut(app: string, session?: string): Promise<AppReport>
  /** What is denied to its sessions; undefined where nothing is. */
  cuts(app: string): Promise<AppCuts | undefined>
}

const isObject = (candidate: unknown) => typeof candidate === 'object' && candidate !== null
const isFunction = (candidate: unknown) => typeof candidate === 'function'

const optionsSchema = v.strictObject({
  table: v.pipe(v.string('must be a string'), v.nonEmpty('must be the name of a table')),
  client: v.optional(v.custom<AppClientSettings>(isObject, 'must be what a client is made with'), {}),
  clock: v.optional(v.custom<Clock>(isObject), systemClock),
  onClient: v.optional(
    v.custom<NonNullable<AppsOptions['onClient']>>(isFunction),
    () =>
      <Client>(client: Client) =>
        client,
  ),
})

/** What a session that was given while IAM was still learning of the change is cut by: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency */
const margin = 300_000

/**
 * The apps of an account: partners' registrations with the credential vendor. Loads the clients of IAM and STS when
 * they are first needed.
 *
 * @throws {InvalidOptions}
 *
 * @example
 * ```ts
 * import { createApps } from '@causeway-aws/grants/apps'
 *
 * const apps = createApps({ table: 'causeway-grants' })
 * export const app = await apps.create({
 *   app: 'orders',
 *   tenant: 'example',
 *   kind: 'external',
 *   users: ['2f1c0c0e-7021-70d5-5a4b-8d7f5f6a9c10'],
 *   edges: [
 *     {
 *       queueArn: 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo',
 *       keyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 *       actions: ['send'],
 *     },
 *   ],
 *   vendor: {
 *     roleArn: 'arn:aws:iam::111111111111:role/causeway-credentials',
 *     userPoolId: 'eu-west-1_EXAMPLE',
 *     clientId: 'exampleclientid',
 *     boundaryArn: 'arn:aws:iam::111111111111:policy/causeway-credentials-apps',
 *   },
 * })
 * ```
 */
export function createApps(options: AppsOptions): Apps {
  const { table, client, clock, onClient } = parseOptions('createApps', optionsSchema, options)
  const dynamodb = once(async () => onClient(new DynamoDBClient(client)))
  const store = appStore(table, dynamodb)
  const role = appRole(
    once(async () => {
      const { IAMClient } = await import('@aws-sdk/client-iam')
      return onClient(new IAMClient(client))
    }),
  )
  const cuts = cutStore(table, dynamodb)
  const cutter = sessionCutter({ store: cuts, put: role.put, clock })
  const caller = once(async () => {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
    const { Account = '', Arn = '' } = await onClient(new STSClient(client)).send(new GetCallerIdentityCommand({}))
    return { account: Account, arn: Arn }
  })
  const now = () => new Date(clock.now())
  const change = async (what: string) => ({ what, by: (await caller()).arn, at: now().toISOString() })

  /** Of two that change an app at once, the one that comes last to its role may have read the record first. */
  async function followRecord(app: App): Promise<string | undefined> {
    const policy = vendedPolicy(app)
    if (policy === undefined && app.roleArn === undefined) return undefined
    const roleArn = await role.follow(app, policy)
    const newest = await store.find(app.app)
    return newest === undefined || newest.app.version === app.version ? roleArn : followRecord(newest.app)
  }

  async function withChanges(before: App, changes: AppChanges): Promise<App> {
    const { audit, table: rows, node, state, ...given } = parseOptions('changeApp', changesSchema, changes)
    const after: App = {
      ...before,
      ...given,
      ...(audit !== undefined && { audit: audit ?? undefined }),
      ...(rows !== undefined && { table: rows ?? undefined }),
      ...(node !== undefined && { node: node ?? undefined }),
    }
    refuseUnusable('changeApp', after, (await caller()).account)
    if (before.state === 'active') return { ...after, state: 'changing' }
    return before.state === 'disabled' && state === 'active' ? { ...after, state: 'enabling' } : after
  }

  return {
    async create(request) {
      const who = 'createApp'
      const given = parseOptions(who, requestSchema, request)
      const { account } = await caller()
      if (given.kind === 'cross-account' && given.partner === undefined) {
        throw new InvalidOptions(
          `${who}: partner is missing: a cross-account app uses its edges by a role of its own account.`,
        )
      }
      const app: App = { ...given, version: 1, account, state: 'active' }
      refuseUnusable(who, app, account)
      // Looked up first, so that the role of an app that there is, is left as it is.
      if (await store.find(app.app)) {
        throw new AppExists(`There is an app ${app.app} already. \`causeway app show ${app.app}\` shows it.`)
      }
      const roleArn = await followRecord(app)
      try {
        return await store.write(undefined, { ...app, ...(roleArn && { roleArn }) }, await change('create'))
      } catch (error) {
        // Of two that make one app, the role is the one's whose record there is.
        if (error instanceof AppExists) await followRecord((await store.get(app.app)).app)
        throw error
      }
    },
    get: (app) => store.get(parseOptions('getApp', appName, app)),
    list: () => store.list(),
    history: (app) => store.history(app),
    cuts: async (app) => (await cuts.find(app))?.cuts,
    async disable(name) {
      let { app } = await store.get(name)
      const wasDisabled = app.state === 'disabled'
      if (!wasDisabled && app.state !== 'disabling') {
        app = await store.write(app, { ...app, state: 'disabling' }, await change('disable'))
      }
      // Also where it was disabled before: whoever was killed as it changed the app may have opened its role after that.
      const hasRole = app.roleArn !== undefined && (await role.close(app))
      if (wasDisabled) return { app, done: ['It was disabled before.'] }
      if (hasRole) await cutter.cut(name, { before: new Date(clock.now() + margin) }, (await caller()).arn)
      app = await store.write(app, { ...app, state: 'disabled' }, await change('disabled'))
      const done = ['It is given no credentials from now on.']
      if (hasRole) done.push(`Its role denies everything to the sessions that there are. ${delay}`)
      if (app.kind === 'cross-account' && app.edges.length > 0) {
        done.push(
          'Its edges it uses by a role of its own: take that out of them, by `causeway grant revoke` or their stacks.',
        )
      }
      return { app, done }
    },
    async change(name, changes, { version } = {}) {
      const found = await store.get(name)
      if (version !== undefined && version !== found.app.version) {
        const read = (await store.history(name)).find(({ app }) => app.version === version)
        throw new AppConflict(read?.app ?? { ...found.app, version }, found)
      }
      if (found.app.state === 'disabling') {
        throw new InvalidOptions(
          `changeApp: the app ${name} is being disabled, and that was cut off. Disable it to the end first.`,
        )
      }
      const fields = Object.keys(changes).join(', ')
      let app = found.app
      if (fields !== '') app = await store.write(app, await withChanges(app, changes), await change(`change ${fields}`))
      const roleArn = await followRecord(app)
      const isSettled = (app.state === 'active' || app.state === 'disabled') && app.roleArn === roleArn
      if (!isSettled) {
        const state = app.state === 'disabled' ? 'disabled' : 'active'
        const after: App = { ...app, state, ...(roleArn && { roleArn }) }
        app = await store.write(app, after, await change(app.state === 'enabling' ? 'enabled' : 'changed'))
      }
      const done = [`Its role follows its record, which is version ${app.version}.`]
      if (isServed(app) && !isServed(found.app)) {
        const before = (await cuts.find(name))?.cuts.before
        const denied = before === undefined ? '' : ` All that is issued to it before ${before} stays denied.`
        done.push(`It is given credentials again.${denied}`)
      }
      return { app, done }
    },
    async cut(name, session) {
      const who = 'cutSessions'
      const { app } = await store.get(name)
      if (app.roleArn === undefined) throw new InvalidOptions(`${who}: the app ${name} has no role, and no sessions.`)
      if (session !== undefined) parseOptions(`${who}: session`, sessionName, session)
      const denied = await cutter.cut(name, { session, before: now() }, (await caller()).arn)
      const whom =
        'session' in denied ? `the session ${denied.session}` : `all sessions that were issued before ${denied.before}`
      return { app, done: [`Its role denies everything to ${whom}. ${delay}`] }
    },
  }
}

/** Refuses what no app can have. */
function refuseUnusable(who: string, app: App, account: string): void {
  refuseOtherAccounts(who, app, account)
  if (iamPolicy(app) === undefined && vendedPolicy(app) === undefined) {
    throw new InvalidOptions(`${who}: an app needs something that it uses: an edge, large bodies, an audit or a table.`)
  }
}

/** Made when it is first asked for; what failed is tried again. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}
