import { type Secret, secret } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { ConfigurationEntry } from './configuration.ts'

/**
 * A reference to a secret, never the secret itself: `secret:ID#key` (Secrets Manager), `ssm:NAME` (Parameter Store),
 * `env:NAME` or `file:PATH`. The value is fetched when it is first asked for and again when it is older than `ttl`
 * seconds (default: 300), so that a rotated one is taken up without a cold start. A value that is not a reference is not
 * shown in the error: it may be the secret, pasted into the wrong place.
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
export function secretReference(options: { readonly ttl?: number } = {}): ConfigurationEntry<Secret> {
  const reference = 'a secret reference (secret:, ssm:, env: or file:)'
  return v.pipe(
    v.string(),
    v.description(reference),
    v.examples(['secret:causeway/partner#externalId']),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      try {
        return secret(dataset.value, options)
      } catch {
        addIssue({ message: reference, received: `${dataset.value.length} characters (not shown)` })
        return NEVER
      }
    }),
  )
}
