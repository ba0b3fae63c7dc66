import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { STSClientConfig } from '@aws-sdk/client-sts'
import { type Clock, InvalidOptions, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type App, type AppChanges, type AppVersion, appName } from './app.ts'
import { appRole } from './app-role.ts'
import { changeApp } from './change.ts'
import type { AppContext, AppReport } from './context.ts'
import { type AppRequest, createApp } from './create.ts'
import { type AppCuts, sessionName } from './cuts.ts'
import { delay } from './delay.ts'
import { disableApp } from './disable.ts'
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
  const context: AppContext = { store, cuts, cutter, role, clock, caller }

  return {
    create: (request) => createApp(context, request),
    get: (app) => store.get(parseOptions('getApp', appName, app)),
    list: () => store.list(),
    history: (app) => store.history(app),
    cuts: async (app) => (await cuts.find(app))?.cuts,
    disable: (name) => disableApp(context, name),
    change: (name, changes, options) => changeApp(context, name, changes, options),
    async cut(name, session) {
      const who = 'cutSessions'
      const { app } = await store.get(name)
      if (app.roleArn === undefined) throw new InvalidOptions(`${who}: the app ${name} has no role, and no sessions.`)
      if (session !== undefined) parseOptions(`${who}: session`, sessionName, session)
      const denied = await cutter.cut(name, { session, before: new Date(clock.now()) }, (await caller()).arn)
      const whom =
        'session' in denied ? `the session ${denied.session}` : `all sessions that were issued before ${denied.before}`
      return { app, done: [`Its role denies everything to ${whom}. ${delay}`] }
    },
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
