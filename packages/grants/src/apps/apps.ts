import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { STSClientConfig } from '@aws-sdk/client-sts'
import { type Clock, InvalidOptions, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import {
  type App,
  type AppHolder,
  type AppResources,
  type AppVersion,
  appName,
  durationLimits,
  requestSchema,
  type Vendor,
} from './app.ts'
import { AppExists, AppNotFound } from './app-error.ts'
import { iamPolicy, refuseOtherAccounts, vendedPolicy } from './app-policy.ts'
import { appRole } from './app-role.ts'
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
  /** Cuts one session by the name that the vendor's log and CloudTrail tell. The app may ask for another. */
  cut(app: string, session: string): Promise<AppReport>
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

const delay = 'AWS says that a change of a role holds everywhere after some seconds, in rare cases minutes.'

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
 *   },
 * })
 * ```
 */
export function createApps(options: AppsOptions): Apps {
  const { table, client, clock, onClient } = parseOptions('createApps', optionsSchema, options)
  const store = appStore(
    table,
    once(async () => onClient(new DynamoDBClient(client))),
  )
  const role = appRole(
    once(async () => {
      const { IAMClient } = await import('@aws-sdk/client-iam')
      return onClient(new IAMClient(client))
    }),
  )
  const caller = once(async () => {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
    const { Account = '', Arn = '' } = await onClient(new STSClient(client)).send(new GetCallerIdentityCommand({}))
    return { account: Account, arn: Arn }
  })
  const now = () => new Date(clock.now())
  const change = async (what: string) => ({ what, by: (await caller()).arn, at: now().toISOString() })

  /** Of two that cut sessions at once, the one whose policy comes last may have read the record first. */
  async function cutAsRecorded(app: App): Promise<void> {
    await role.cut(app, app.cut)
    const { app: newest } = await store.get(app.app)
    if (newest.version !== app.version) await cutAsRecorded(newest)
  }

  return {
    async create(request) {
      const who = 'createApp'
      const { vendor, ...given } = parseOptions(who, requestSchema, request)
      const { account } = await caller()
      if (given.kind === 'cross-account' && given.partner === undefined) {
        throw new InvalidOptions(
          `${who}: partner is missing: a cross-account app uses its edges by a role of its own account.`,
        )
      }
      const app: App = { ...given, version: 1, account, state: 'active', cut: [] }
      refuseOtherAccounts(who, app, account)
      const policy = vendedPolicy(app)
      if (policy === undefined && iamPolicy(app) === undefined) {
        throw new InvalidOptions(
          `${who}: an app needs something that it uses: an edge, large bodies, an audit or a table.`,
        )
      }
      // Looked up first, so that the role of an app that there is, is left as it is.
      const taken = await store.get(app.app).then(() => true, unlessNotFound)
      if (taken) throw new AppExists(`There is an app ${app.app} already. \`causeway app show ${app.app}\` shows it.`)
      const roleArn = policy && (await role.make(app, policy, vendor))
      return store.write(undefined, { ...app, ...(roleArn && { roleArn }) }, await change('create'))
    },
    get: (app) => store.get(parseOptions('getApp', appName, app)),
    list: () => store.list(),
    history: (app) => store.history(app),
    async disable(name) {
      let { app } = await store.get(name)
      if (app.state === 'disabled') return { app, done: ['It was disabled before.'] }
      if (app.state === 'active') app = await store.write(app, { ...app, state: 'disabling' }, await change('disable'))
      if (app.roleArn !== undefined) await role.close(app, new Date(clock.now() + margin))
      app = await store.write(app, { ...app, state: 'disabled' }, await change('disabled'))
      const done = ['It is given no credentials from now on.']
      if (app.roleArn !== undefined) done.push(`Its role denies everything to the sessions that there are. ${delay}`)
      if (app.kind === 'cross-account' && app.edges.length > 0) {
        done.push(
          'Its edges it uses by a role of its own: take that out of them, by `causeway grant revoke` or their stacks.',
        )
      }
      return { app, done }
    },
    async cut(name, session) {
      const { app } = await store.get(name)
      if (app.roleArn === undefined || !session.startsWith(`${app.app}-`)) {
        throw new InvalidOptions(
          `cutSession: ${session} is no session of the app ${app.app}; its log names those that there were.`,
        )
      }
      // What was cut longer ago than a session lasts has ended.
      const lasting = app.cut.filter(({ at }) => Date.parse(at) + durationLimits.max * 1_000 > clock.now())
      const cut = [...lasting.filter((other) => other.session !== session), { session, at: now().toISOString() }]
      const written = await store.write(app, { ...app, cut }, await change(`cut ${session}`))
      await cutAsRecorded(written)
      return { app: written, done: [`Its role denies everything to the session ${session}. ${delay}`] }
    },
  }
}

function unlessNotFound(error: unknown): false {
  if (error instanceof AppNotFound) return false
  throw error
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
