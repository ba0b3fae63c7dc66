import { inspect } from 'node:util'
import * as v from 'valibot'
import { backoff } from './backoff.ts'
import { type Clock, systemClock } from './clock.ts'
import { notify } from './notify.ts'
import { InvalidOptions, isFunction, isObject, parseOptions } from './options.ts'
import { redacted, sentenceOf } from './redaction.ts'
import { isRetryable } from './retryable.ts'
import { type SecretClients, type SecretSource, sources } from './secret-sources.ts'
import { SecretUnavailable } from './secret-unavailable.ts'
import { emitWarning, type OnWarning } from './warning.ts'

/** A secret by reference. Printed, inspected, serialised or put in a template it shows the reference alone. */
export interface Secret {
  /** Where the value is: `env:EXTERNAL_ID`. */
  readonly reference: string
  /**
   * The value, looked up again when the one held is older than the TTL. While that fails for a reason that may pass, such
   * as throttling, the one held is given, and the look-up is tried again with backoff. Rejects with
   * {@link SecretUnavailable}.
   */
  value(): Promise<string>
}

/** How a {@link Secret} is looked up. */
export interface SecretOptions {
  /** How long a value is held, in seconds: how late a rotated one is taken up. Default: 300. */
  ttl?: number
  /** Clients to look values up with. Default: made when first needed, from the environment. */
  clients?: SecretClients
  /** Where `env:` looks. Default: process.env. */
  environment?: Readonly<Record<string, string | undefined>>
  /** Default: this machine's clocks. */
  clock?: Clock
  /** Told when others may read the file of a `file:` reference, and of each look-up that failed while a value was held. Default: a Node warning. */
  onWarning?: OnWarning
}

const schema = v.strictObject({
  ttl: v.optional(v.pipe(v.number(), v.minValue(0, 'must not be negative')), 300),
  clients: v.optional(v.custom<SecretClients>(isObject), {}),
  environment: v.optional(v.custom<NonNullable<SecretOptions['environment']>>(isObject)),
  clock: v.optional(v.custom<Clock>(isObject), systemClock),
  onWarning: v.optional(v.custom<OnWarning>(isFunction), () => emitWarning),
})

/**
 * A secret by reference, so that its value is in no code, argument or log, and a rotated one is taken up.
 *
 * | reference | value |
 * | --- | --- |
 * | `env:NAME` | an environment variable |
 * | `file:PATH` | a file, without the newline at its end; one that others may read gives a warning |
 * | `ssm:NAME` | a parameter of SSM Parameter Store, decrypted; NAME may be an ARN |
 * | `secret:ID` | a secret of Secrets Manager (its string); ID is a name or an ARN |
 * | `secret:ID#KEY` | one string of a secret that is a JSON object |
 *
 * The SDK's clients for the last three are loaded at the first look-up. Concurrent look-ups are one.
 *
 * @throws {InvalidOptions} for anything but such a reference; it is not repeated, as it may be the secret itself.
 *
 * @example
 * ```ts
 * import { assumedRole, secret } from '@causeway-aws/auth'
 *
 * export const partner = assumedRole({
 *   roleArn: 'arn:aws:iam::222222222222:role/orders-reader',
 *   externalId: secret('env:EXTERNAL_ID'),
 * })
 * ```
 */
export function secret(reference: string, options: SecretOptions = {}): Secret {
  const [, scheme = '', name = ''] = /^([a-z]+):(.+)$/s.exec(reference) ?? []
  const source = sources.get(scheme)
  if (source === undefined) {
    throw new InvalidOptions('secret: the reference must be env:NAME, file:PATH, ssm:NAME, secret:ID or secret:ID#KEY.')
  }
  const { environment = process.env, ...parsed } = parseOptions('secret', schema, options)
  const made = new ReferencedSecret(reference, name, source, { environment, ...parsed })
  if (Object.values(options).every((option) => option === undefined)) keys.set(made, reference)
  return made
}

const keys = new WeakMap<Secret, string>()
let numbered = 0

/**
 * What tells one secret from another: the reference where all options are the defaults, so that it always leads to the
 * same value; else a number of the object's own, as `env:X` of one environment is not `env:X` of another. No reference
 * begins with #.
 */
export function secretKey(secret: Secret): string {
  const key = keys.get(secret) ?? `#${++numbered}`
  keys.set(secret, key)
  return key
}

/** Whether something is a {@link Secret}, of whichever copy of this package. */
export function isSecret(candidate: unknown): candidate is Secret {
  return isObject(candidate) && 'reference' in candidate && 'value' in candidate && isFunction(candidate.value)
}

// A class for its private fields: nothing can enumerate, serialise or inspect them.
class ReferencedSecret implements Secret {
  readonly reference: string
  readonly #name: string
  readonly #source: SecretSource
  readonly #options: Required<SecretOptions>
  #held: { value: string; until: number } | undefined
  #failures = 0
  #request: Promise<string> | undefined

  constructor(reference: string, name: string, source: SecretSource, options: Required<SecretOptions>) {
    this.reference = reference
    this.#name = name
    this.#source = source
    this.#options = options
  }

  async value(): Promise<string> {
    if (this.#held !== undefined && this.#options.clock.monotonic() < this.#held.until) return this.#held.value
    this.#request ??= this.#renew().finally(() => {
      this.#request = undefined
    })
    return this.#request
  }

  async #renew(): Promise<string> {
    const { clock, ttl, onWarning } = this.#options
    try {
      const value = await this.#lookUp()
      this.#held = { value, until: clock.monotonic() + ttl * 1_000 }
      this.#failures = 0
      return value
    } catch (cause) {
      if (this.#held === undefined || !(cause instanceof SecretUnavailable && cause.retryable)) throw cause
      const wait = backoff(this.#failures)
      this.#failures += 1
      this.#held.until = clock.monotonic() + wait
      const message = `${cause.message} The value held is used; the next try is in ${Math.ceil(wait / 1_000)} s.`
      notify(onWarning, { code: 'SecretNotRenewed', message, cause })
      return this.#held.value
    }
  }

  async #lookUp(): Promise<string> {
    try {
      const value = await this.#source(this.#name, { ...this.#options, reference: this.reference })
      if (value === '') throw new SecretUnavailable(this.reference, 'is empty')
      return value
    } catch (error) {
      if (error instanceof SecretUnavailable) throw error
      const retryable = await isRetryable(error)
      const cause = redacted(error)
      const problem = `could not be read: ${sentenceOf(cause).replace(/\.$/, '')}`
      throw new SecretUnavailable(this.reference, problem, { retryable, cause })
    }
  }

  toString(): string {
    return `[secret ${this.reference}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
