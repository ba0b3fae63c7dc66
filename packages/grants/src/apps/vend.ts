import { createHash, randomBytes } from 'node:crypto'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  type Credentials,
  type STSClient,
} from '@aws-sdk/client-sts'
import { type Clock, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type App, durationLimits, isServed } from './app.ts'
import { AppDisabled, AppNotFound, DurationRefused, IdTokenNeeded, NothingToVend, SessionRefused } from './app-error.ts'
import { vendedPolicy } from './app-policy.ts'
import { sessionName } from './cuts.ts'
import { delay } from './delay.ts'
import type { DeniedSessions } from './session-cutter.ts'
import type { AppStore } from './store.ts'
import type { Throttle } from './throttle.ts'

/** Who asks: what a user's token says, which was verified before. */
export interface TokenHolder {
  /** The user's `sub`. */
  subject: string
  /** The ID token itself, by which a session comes that lasts longer than role chaining lets it. Absent of who showed an access token. */
  idToken?: string | undefined
}

/** A session that was given, as it may be told to a log: everything but its keys. */
export interface VendedSession {
  app: string
  tenant: string
  subject: string
  /** Its name, which is its source identity too: CloudTrail tells it of all that is done by it. */
  session: string
  /** In seconds. */
  duration: number
  /** SHA-256 of the session policy, in hex. */
  policyHash: string
}

/** What an app is given. */
export interface VendedCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  /** In ISO 8601. */
  expiration: string
  session: string
}

/** What is to be denied to sessions of an app: to one, or to all that were issued before. */
export interface CutRequest {
  app: string
  session?: string | undefined
  /** In ISO 8601. */
  before: string
  /** The user who has asked, by its `sub`. */
  by: string
}

/** Which sessions of an app are denied everything from now on. */
export type CutAnswer = DeniedSessions & {
  /** How long AWS takes, in its own words. */
  delay: string
}

/** What a vendor works with. */
export interface VendorOptions {
  store: Pick<AppStore, 'get'>
  sts: STSClient
  throttle: Throttle
  /** Counts what is cut, by itself: whoever has stolen a token keeps nobody from cutting what it got by it. */
  cutThrottle: Throttle
  /** Has sessions cut, by somebody else: whoever gives sessions of roles may not write their policies. */
  cut: (request: CutRequest, signal?: AbortSignal) => Promise<DeniedSessions>
  clock?: Clock
  /** Told of each session that is given, before its keys are. */
  onVended: (session: VendedSession) => void
}

/** Gives apps their credentials. */
export interface CredentialVendor {
  /** The app of that name, if it is this user's. Rejects with {@link AppNotFound}. */
  app(name: string, holder: Pick<TokenHolder, 'subject'>): Promise<App>
  /** Rejects with {@link AppNotFound}, {@link AppDisabled}, {@link DurationRefused}, {@link IdTokenNeeded}, {@link AppThrottled} or {@link NothingToVend}. */
  vend(
    name: string,
    holder: TokenHolder,
    options?: { duration?: number | undefined; signal?: AbortSignal },
  ): Promise<VendedCredentials>
  /**
   * Has everything denied to one session, or to all that were issued until now. The app may ask for another at once. Rejects
   * with {@link AppNotFound}, {@link AppDisabled}, {@link SessionRefused}, {@link AppThrottled} or {@link NothingToVend}.
   */
  cutSessions(
    name: string,
    holder: Pick<TokenHolder, 'subject'>,
    options?: { session?: string | undefined; signal?: AbortSignal },
  ): Promise<CutAnswer>
}

const isObject = (candidate: unknown) => typeof candidate === 'object' && candidate !== null
const isFunction = (candidate: unknown) => typeof candidate === 'function'

const schema = v.strictObject({
  store: v.custom<VendorOptions['store']>(isObject),
  sts: v.custom<STSClient>(isObject),
  throttle: v.custom<Throttle>(isObject),
  cutThrottle: v.custom<Throttle>(isObject),
  cut: v.custom<VendorOptions['cut']>(isFunction),
  clock: v.optional(v.custom<Clock>(isObject), systemClock),
  onVended: v.custom<VendorOptions['onVended']>(isFunction),
})

/** Longest session of a role that another role assumes: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining */
const longestChained = 3_600

/**
 * Gives apps sessions of their roles, each narrowed to what the app's record says now. Up to an hour the vendor's own role
 * assumes the app's; for longer, the user's own token does, since a role that assumes another gets no more than an hour.
 *
 * @throws {InvalidOptions}
 *
 * @example
 * ```ts
 * import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
 * import { STSClient } from '@aws-sdk/client-sts'
 * import { appStore, appThrottle, credentialVendor } from '@causeway-aws/grants/apps'
 *
 * const table = 'causeway-grants'
 * const dynamodb = new DynamoDBClient()
 * const vendor = credentialVendor({
 *   store: appStore(table, async () => dynamodb),
 *   sts: new STSClient(),
 *   throttle: appThrottle(table, dynamodb, 60),
 *   cutThrottle: appThrottle(table, dynamodb, 10, 'app-cut'),
 *   cut: async ({ app, before }) => ({ app, before }), // asks functions/session-revocation
 *   onVended: ({ app, session }) => process.stdout.write(`${app} has ${session}\n`),
 * })
 * export const credentials = (subject: string, idToken: string) => vendor.vend('orders', { subject, idToken })
 * ```
 */
export function credentialVendor(options: VendorOptions): CredentialVendor {
  const { store, sts, throttle, cutThrottle, cut, clock, onVended } = parseOptions('credentialVendor', schema, options)

  async function appOf(name: string, { subject }: Pick<TokenHolder, 'subject'>): Promise<App> {
    const { app } = await store.get(name)
    if (!app.users.includes(subject)) throw new AppNotFound(name)
    return app
  }

  async function servedAppOf(name: string, holder: Pick<TokenHolder, 'subject'>): Promise<App> {
    const app = await appOf(name, holder)
    if (!isServed(app)) throw new AppDisabled(name)
    return app
  }

  return {
    app: appOf,
    async cutSessions(name, holder, { session, signal } = {}) {
      const app = await servedAppOf(name, holder)
      if (session !== undefined && !v.is(sessionName, session)) throw new SessionRefused()
      if (app.roleArn === undefined) throw new NothingToVend(name)
      await cutThrottle.count(name, clock.now(), signal)
      const before = new Date(clock.now()).toISOString()
      return { ...(await cut({ app: name, ...(session && { session }), before, by: holder.subject }, signal)), delay }
    },
    async vend(name, holder, { duration: asked, signal } = {}) {
      const app = await servedAppOf(name, holder)
      const duration = durationOf(app, asked)
      if (duration > longestChained && holder.idToken === undefined) throw new IdTokenNeeded()
      const policy = vendedPolicy(app)
      if (policy === undefined || app.roleArn === undefined) throw new NothingToVend(name)
      await throttle.count(name, clock.now(), signal)
      const session = `${name}-${randomBytes(8).toString('hex')}`
      const Policy = JSON.stringify(policy)
      const request = { RoleArn: app.roleArn, RoleSessionName: session, DurationSeconds: duration, Policy }
      const credentials = await (duration > longestChained
        ? byToken(sts, { ...request, WebIdentityToken: holder.idToken }, signal)
        : byRole(sts, { ...request, SourceIdentity: session, Tags: tagsOf(app) }, signal))
      const policyHash = createHash('sha256').update(Policy).digest('hex')
      onVended({ app: name, tenant: app.tenant, subject: holder.subject, session, duration, policyHash })
      return { ...keysOf(credentials), session }
    },
  }
}

/** What CloudTrail tells of the session beside its name. */
const tagsOf = ({ app, tenant }: App) => [
  { Key: 'causeway:app', Value: app },
  { Key: 'causeway:tenant', Value: tenant },
]

function durationOf({ maxDuration }: App, asked: number | undefined): number {
  if (asked === undefined) return Math.min(3_600, maxDuration)
  if (!Number.isInteger(asked) || asked < durationLimits.min || asked > maxDuration)
    throw new DurationRefused(maxDuration)
  return asked
}

async function byRole(
  sts: STSClient,
  request: AssumeRoleCommandInput,
  signal: AbortSignal | undefined,
): Promise<Credentials | undefined> {
  return (await sts.send(new AssumeRoleCommand(request), signal && { abortSignal: signal })).Credentials
}

async function byToken(
  sts: STSClient,
  request: AssumeRoleWithWebIdentityCommandInput,
  signal: AbortSignal | undefined,
): Promise<Credentials | undefined> {
  return (await sts.send(new AssumeRoleWithWebIdentityCommand(request), signal && { abortSignal: signal })).Credentials
}

function keysOf({ AccessKeyId, SecretAccessKey, SessionToken, Expiration }: Partial<Credentials> = {}) {
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw new Error('STS gave no credentials')
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration.toISOString(),
  }
}
