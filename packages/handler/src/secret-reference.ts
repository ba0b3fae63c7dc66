import { parseOptions, type Secret, secret } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { ConfigurationEntry } from './configuration.ts'

/** How a referenced secret is looked up. */
export interface SecretReferenceOptions {
  /** How long a value is held, in seconds: how late a rotated one is taken up. Default: 300. */
  readonly ttl?: number
}

const optionsSchema = v.strictObject({
  ttl: v.optional(v.pipe(v.number('must be a number'), v.minValue(0, 'must not be negative'))),
})

/**
 * A reference to a secret, never the secret itself: `secret:ID#key` (Secrets Manager), `ssm:NAME` (Parameter Store),
 * `env:NAME` or `file:PATH`. The value is fetched when it is first asked for and again when it is older than `ttl`
 * seconds (default: 300), so that a rotated one is taken up without a cold start. A value that is not a reference is not
 * shown in the error: it may be the secret, pasted into the wrong place.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { readConfiguration, secretReference } from '@causeway-aws/handler'
 *
 * const entries = { externalId: secretReference({ ttl: 60 }) }
 * const { externalId } = readConfiguration(entries, { EXTERNAL_ID: 'secret:causeway/partner#externalId' })
 * export const value = (): Promise<string> => externalId.value()
 * ```
 */
export function secretReference(options: SecretReferenceOptions = {}): ConfigurationEntry<Secret> {
  const { ttl } = parseOptions('secretReference', optionsSchema, options)
  const reference = 'a secret reference (secret:, ssm:, env: or file:)'
  return v.pipe(
    v.string(),
    v.description(reference),
    v.examples(['secret:causeway/partner#externalId']),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return secret(dataset.value, ttl === undefined ? {} : { ttl })
      } catch {
        addIssue({ message: reference, received: `${dataset.value.length} characters (not shown)` })
        return NEVER
      }
    }),
  )
}
