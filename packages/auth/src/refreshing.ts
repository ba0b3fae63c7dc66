import type { AwsCredentialIdentity } from '@smithy/types'
import * as v from 'valibot'
import { backoff, FIRST_BACKOFF } from './backoff.ts'
import { type Clock, systemClock } from './clock.ts'
import { CausewayError } from './error.ts'
import { notify } from './notify.ts'
import { isFunction, isObject, parseOptions } from './options.ts'
import { withoutTokens } from './redaction.ts'
import { emitWarning, type OnWarning } from './warning.ts'

/**
 * A function that gives credentials: what every AWS SDK client takes as its `credentials`.
 *
 * @example
 * ```ts
 * import { assumedRole, type CredentialProvider } from '@causeway-aws/auth'
 *
 * export const credentials: CredentialProvider = assumedRole({
 *   roleArn: 'arn:aws:iam::222222222222:role/orders-reader',
 * })
 * ```
 */
export type CredentialProvider = () => Promise<AwsCredentialIdentity>

/** How {@link refreshing} holds credentials. */
export interface RefreshingOptions {
  /** How long before their end credentials are renewed, in seconds; never more than 20 % of their life. Default: 300. */
  window?: number
  /** The share of the window, 0 to 1, over which renewals are spread, so that a fleet does not renew at once. Default: 0.2. */
  jitter?: number
  /** Default: this machine's clocks. */
  clock?: Clock
  /** Numbers from 0 up to 1. Default: Math.random. */
  random?: () => number
  /** Told of each renewal that failed while the credentials held were still good. Default: a Node warning. */
  onWarning?: OnWarning
}

/**
 * Credentials came that had already ended, by this machine's clock.
 *
 * @example
 * ```ts
 * import { CredentialsExpired, refreshing } from '@causeway-aws/auth'
 *
 * const credentials = refreshing(async () => ({
 *   accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
 *   secretAccessKey: process.env.SECRET_KEY ?? '',
 *   expiration: new Date(process.env.KEYS_END ?? 0),
 * }))
 * await credentials().catch((error: unknown) => {
 *   if (!(error instanceof CredentialsExpired)) throw error
 *   process.stderr.write(`${error.message}\n`)
 * })
 * ```
 */
export class CredentialsExpired extends CausewayError {
  constructor(expiration: Date, now: number) {
    super(
      `The credentials received ended at ${expiration.toISOString()}, but this machine's clock says ` +
        `${new Date(now).toISOString()}. Set the clock, or renew what the credentials come from.`,
      { code: 'CredentialsExpired', retryable: true },
    )
  }
}

/**
 * Credentials came whose `expiration` is an Invalid Date, so nobody knows when they end.
 *
 * @example
 * ```ts
 * import { InvalidExpiration, refreshing } from '@causeway-aws/auth'
 *
 * const credentials = refreshing(async () => ({
 *   accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
 *   secretAccessKey: process.env.SECRET_KEY ?? '',
 *   expiration: new Date(process.env.KEYS_END ?? 'never'),
 * }))
 * await credentials().catch((error: unknown) => {
 *   if (!(error instanceof InvalidExpiration)) throw error
 *   process.stderr.write('KEYS_END is no date.\n')
 * })
 * ```
 */
export class InvalidExpiration extends CausewayError {
  constructor() {
    super(
      'The credentials received have an expiration that is an Invalid Date; give `refreshing` a provider whose ' +
        '`expiration` is a date, or one without it for credentials that do not end.',
      { code: 'InvalidExpiration' },
    )
  }
}

const schema = v.strictObject({
  window: v.optional(v.pipe(v.number(), v.minValue(0, 'must not be negative')), 300),
  jitter: v.optional(v.pipe(v.number(), v.minValue(0, 'must be 0 to 1'), v.maxValue(1, 'must be 0 to 1')), 0.2),
  clock: v.optional(v.custom<Clock>(isObject), systemClock),
  random: v.optional(v.custom<() => number>(isFunction), () => Math.random),
  onWarning: v.optional(v.custom<OnWarning>(isFunction), () => emitWarning),
})

const SHARE_OF_LIFE = 0.2

interface Held {
  credentials: AwsCredentialIdentity
  /** By the wall clock. */
  endsAt: number
  /** How long they were good for when they came, and when that was by the monotonic clock. */
  life: number
  receivedAt: number
  /** With less than this left they are renewed. */
  renewBelow: number
}

/**
 * The cache that every provider is decorated with.
 *
 * - Any number of concurrent callers make one request.
 * - Credentials are renewed before they end: 5 minutes or 20 % of their life, the smaller, with jitter. One caller waits
 *   for the renewal; the others are served what is held.
 * - When a renewal fails, what is held is served as long as it is good; the failure is reported, and tried again with
 *   backoff. Nothing that has ended is ever served.
 * - While nothing good is held, a failure answers all who ask within the next second at most: a loop that polls without
 *   credentials would else ask STS at every turn, and be throttled together with the rest of its account.
 * - It never renews in a loop. AWS SDKs for JavaScript ask at every use once 5 minutes or less remain: they are answered
 *   from here.
 * - The wall clock says when credentials end, yet they are never held for longer than their life by the monotonic clock:
 *   a clock set back makes nothing last longer.
 *
 * @param provider Gets new credentials. Without `expiration` they are held for good.
 * @returns A provider; it rejects with whatever the given one rejects with, when nothing good is held.
 * @throws {InvalidOptions} for an option out of its range.
 *
 * @example
 * ```ts
 * import { refreshing } from '@causeway-aws/auth'
 *
 * export const credentials = refreshing(async () => {
 *   const response = await fetch('https://vendor.example/credentials', { method: 'POST' })
 *   const { expiration, ...keys } = (await response.json()) as {
 *     accessKeyId: string
 *     secretAccessKey: string
 *     sessionToken: string
 *     expiration: string
 *   }
 *   return { ...keys, expiration: new Date(expiration) }
 * })
 * ```
 */
export function refreshing(provider: CredentialProvider, options: RefreshingOptions = {}): CredentialProvider {
  const { window, jitter, clock, random, onWarning } = parseOptions('refreshing', schema, options)
  let held: Held | undefined
  let request: Promise<AwsCredentialIdentity> | undefined
  let failures = 0
  let retryAt = 0
  let failure: { error: unknown; until: number } | undefined

  function remaining({ endsAt, life, receivedAt }: Held): number {
    return Math.min(endsAt - clock.now(), life - (clock.monotonic() - receivedAt))
  }

  function hold(credentials: AwsCredentialIdentity): AwsCredentialIdentity {
    const endsAt = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY
    if (Number.isNaN(endsAt)) throw new InvalidExpiration()
    const life = endsAt - clock.now()
    if (life <= 0) throw new CredentialsExpired(new Date(endsAt), clock.now())
    const renewBelow = Math.min(window * 1_000, life * SHARE_OF_LIFE) * (1 - jitter * random())
    held = { credentials, endsAt, life, receivedAt: clock.monotonic(), renewBelow }
    failures = 0
    failure = undefined
    return credentials
  }

  async function renew(): Promise<AwsCredentialIdentity> {
    try {
      return hold(await provider())
    } catch (error) {
      const wait = backoff(failures, random)
      failures += 1
      retryAt = clock.monotonic() + wait
      failure = { error, until: clock.monotonic() + Math.min(wait, FIRST_BACKOFF) }
      if (held !== undefined && remaining(held) > 0) report(held, wait, error)
      throw error
    }
  }

  function report({ endsAt }: Held, wait: number, cause: unknown): void {
    const until = new Date(endsAt).toISOString()
    const reason = withoutTokens(cause instanceof Error ? cause.message : String(cause))
    const message =
      `Credentials could not be renewed; those held are good until ${until}, ` +
      `and the next try is in ${Math.ceil(wait / 1_000)} s. ${reason}`
    notify(onWarning, { code: 'RenewalFailed', message, cause })
  }

  return async () => {
    if (held !== undefined) {
      const left = remaining(held)
      if (left > held.renewBelow) return held.credentials
      if (left > 0 && (request !== undefined || clock.monotonic() < retryAt)) return held.credentials
    }
    if (request === undefined && failure !== undefined && clock.monotonic() < failure.until) throw failure.error
    request ??= renew().finally(() => {
      request = undefined
    })
    try {
      return await request
    } catch (error) {
      if (held !== undefined && remaining(held) > 0) return held.credentials
      throw error
    }
  }
}
