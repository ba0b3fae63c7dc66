import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import * as v from 'valibot'
import { type AppLoginOptions, appLogin } from './app-login.ts'
import { fromEchostream } from './echostream-vendor.ts'
import { notify } from './notify.ts'
import { InvalidOptions, isFunction, isObject, parseOptions } from './options.ts'
import { fromOwnVendor } from './own-vendor.ts'
import { type CredentialProvider, refreshing } from './refreshing.ts'
import type { Secret } from './secret.ts'
import { VendorRefused } from './vendor-refused.ts'
import { emitWarning, type OnWarning } from './warning.ts'

/** An app, and how it logs in. */
export interface AppCredentialsOptions {
  /** Where the credential vendor is: the Endpoint of infra/credentials.yaml or, with `tenant`, AppSync's. */
  endpoint: string
  app: string
  /** The tenant of EchoStream that the app is of, whose AppSync is asked, by GraphQL. Default: it is none of EchoStream. */
  tenant?: string
  /** Gives an ID token each time; with `tenant` an access token. Or else `login`. */
  tokens?: () => Promise<string>
  /** The user that the app logs in as; the password by reference. */
  login?: Omit<AppLoginOptions, 'clock'>
  /** How long a session is to last, in seconds: 900 to 43,200. Default: what the vendor gives, 3,600 at most. */
  duration?: number
  /** Default: a Node warning. */
  onWarning?: OnWarning
}

const text = v.pipe(v.string('must be a string'), v.nonEmpty('must not be empty'))

/** It is a part of the URL. What EchoStream's are called is its own. */
const ownName = /^[a-z][a-z0-9-]{0,31}$/

/** What is sent to it is read by nobody else: it is encrypted, or stays on this machine, as with an emulator. */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
}

const schema = v.strictObject({
  endpoint: v.pipe(
    v.string('must be a URL'),
    v.url('must be a URL'),
    v.check(isPrivate, 'must be a URL with https: the token is sent to it'),
  ),
  app: text,
  tenant: v.optional(text),
  tokens: v.optional(v.custom<() => Promise<string>>(isFunction)),
  login: v.optional(
    v.strictObject({
      userPoolId: v.pipe(v.string(), v.regex(/^[a-z0-9-]+_[0-9a-zA-Z]+$/, 'must be the id of a user pool')),
      clientId: text,
      userName: text,
      password: v.custom<Secret>(isObject, 'must be a secret: secret(REFERENCE)'),
      client: v.optional(v.custom<CognitoIdentityProviderClient>(isObject)),
    }),
  ),
  duration: v.optional(
    v.pipe(
      v.number(),
      v.integer('must be 900 to 43200 seconds'),
      v.minValue(900, 'must be 900 to 43200 seconds'),
      v.maxValue(43_200, 'must be 900 to 43200 seconds'),
    ),
  ),
  onWarning: v.optional(v.custom<OnWarning>(isFunction), () => emitWarning),
})

type Login = Omit<AppLoginOptions, 'client'> & { client?: CognitoIdentityProviderClient | undefined }

const credentialsSchema = v.object({
  accessKeyId: text,
  secretAccessKey: text,
  sessionToken: text,
  expiration: v.pipe(v.string(), v.isoTimestamp()),
})

/**
 * Credentials of an app, from its credential vendor: asked for when they are first needed, renewed before they end, shared by
 * all that use the provider. It logs in by SRP, and after that by the refresh token. With `tenant` they are of an app of
 * EchoStream, asked for as its own client does.
 *
 * @returns A provider for the `credentials` of any AWS SDK client. It rejects with {@link LoginRefused} or
 * {@link VendorRefused}.
 * @throws {InvalidOptions} at once, for an option that is missing, unknown or wrong.
 *
 * @example
 * ```ts
 * import { appCredentials, secret } from '@causeway-aws/auth'
 *
 * export const credentials = appCredentials({
 *   endpoint: 'https://abcdef1234.execute-api.eu-west-1.amazonaws.com',
 *   app: 'orders',
 *   login: {
 *     userPoolId: 'eu-west-1_EXAMPLE',
 *     clientId: 'exampleclientid',
 *     userName: 'orders',
 *     password: secret('env:APP_PASSWORD'),
 *   },
 * })
 * ```
 */
export function appCredentials(options: AppCredentialsOptions): CredentialProvider {
  const parsed = parseOptions('appCredentials', schema, options)
  const { endpoint, app, tenant, duration, onWarning } = parsed
  if (tenant === undefined && !ownName.test(app))
    throw new InvalidOptions('appCredentials: app must be the name of an app.')
  const use = tenant === undefined ? 'id' : 'access'
  const tokens = parsed.tokens ?? (parsed.login && appLogin(withoutUndefined(parsed.login), use))
  if (tokens === undefined || (parsed.tokens && parsed.login)) {
    throw new InvalidOptions('appCredentials: give tokens, or login, and not both.')
  }
  if (duration !== undefined && duration < 1_800) notify(onWarning, shortSession(app, duration))
  const ask = (token: string) =>
    tenant === undefined
      ? fromOwnVendor({ endpoint, app, duration }, token)
      : fromEchostream({ endpoint, app, tenant, duration }, token)
  return refreshing(async () => vended(app, await ask(await tokens())), { onWarning })
}

/** What the vendor answers is looked at, whichever it is. */
async function vended(app: string, answer: unknown) {
  const found = v.safeParse(credentialsSchema, answer)
  if (!found.success) throw new VendorRefused(app, 502, 'its answer holds no credentials.')
  const { expiration, ...keys } = found.output
  return { ...keys, expiration: new Date(expiration) }
}

/** Some SDKs renew 15 minutes before the end: they would ask for these at every use. */
const shortSession = (app: string, duration: number) => ({
  code: 'ShortSession',
  message:
    `Sessions of the app ${app} last ${duration} s; some AWS SDKs renew credentials 900 s before their end, ` +
    'so they ask for these at every use. Ask for 1800 s or more.',
})

function withoutUndefined({ client, ...login }: Login): AppLoginOptions {
  return { ...login, ...(client && { client }) }
}
