import { parseOptions } from '@causeway-aws/auth'
import { appName, type CutRequest, sessionName } from '@causeway-aws/grants/apps'
import * as v from 'valibot'

/** How far the clock of whoever asks may be ahead of ours. What is to come is not cut: an app could be kept from new sessions so. */
const ahead = 60_000

const requestSchema = v.strictObject({
  app: appName,
  session: v.optional(sessionName),
  before: v.pipe(
    v.string(),
    v.isoTimestamp('must be a time in UTC'),
    v.check((time) => Date.parse(time) <= Date.now() + ahead, 'must not be a time to come'),
  ),
  by: v.pipe(v.string(), v.regex(/^[\w-]{1,128}$/, 'must be the sub of a user')),
})

/**
 * What is to be cut. All that goes into a policy is of these forms.
 *
 * @throws {InvalidOptions}
 */
export const cutRequest = (event: unknown): CutRequest => parseOptions('session-revocation', requestSchema, event)
