import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { InvalidOptions } from './options.ts'
import type { Secret } from './secret.ts'

/**
 * A new ExternalId: 256 random bits, as 64 hex digits, so that no command line takes it for a flag. Make one for each
 * partner and grant; one that can be guessed (a name, a date) protects nothing.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
 *
 * @example
 * ```ts
 * import { externalId, trustPolicy } from '@causeway-aws/auth'
 *
 * export const policy = trustPolicy({ principal: '222222222222', externalIds: [externalId()] })
 * ```
 */
export function externalId(): string {
  return randomBytes(32).toString('hex')
}

/** What STS accepts: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const acceptedExternalId: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(
    /^[\w+=,.@:/\\-]{2,1224}$/,
    'must be an ExternalId as STS accepts it: 2 to 1,224 letters, digits and _+=,.@:/\\-',
  ),
)

/** The value of an ExternalId that is held by reference. It is never repeated, not even when it is not one. */
export async function checkExternalId(secret: Secret): Promise<string> {
  const value = await secret.value()
  if (v.is(acceptedExternalId, value)) return value
  throw new InvalidOptions(`assumedRole: what ${secret.reference} holds is not an ExternalId as STS accepts it.`)
}
