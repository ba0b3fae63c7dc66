import * as v from 'valibot'
import { roleArn } from '../arn.ts'
import { parseOptions } from '../options.ts'
import { allow, type PolicyDocument, policy } from '../policy.ts'

/** What a session is given beside its name. */
export interface AssumeRoleUses {
  /** The caller passes session tags. Default: false. */
  sessionTags?: boolean
  /** The caller passes a source identity. Default: false. */
  sourceIdentity?: boolean
}

const schema = v.strictObject({
  roleArn,
  sessionTags: v.optional(v.boolean(), false),
  sourceIdentity: v.optional(v.boolean(), false),
})

/**
 * All that a caller's own user or role needs to assume a role of another account.
 *
 * @param role ARN of the role in the other account.
 * @throws {InvalidOptions} for anything but the ARN of one role.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
 *
 * @example
 * ```ts
 * import { policies } from '@causeway-aws/auth'
 *
 * export const forTheFunction = policies.assumeRole('arn:aws:iam::111111111111:role/orders-sender')
 * ```
 */
export function assumeRole(role: string, uses: AssumeRoleUses = {}): PolicyDocument {
  const options = parseOptions('policies.assumeRole', schema, { ...uses, roleArn: role })
  const actions = ['sts:AssumeRole']
  if (options.sessionTags) actions.push('sts:TagSession')
  if (options.sourceIdentity) actions.push('sts:SetSourceIdentity')
  return policy(allow(actions, options.roleArn))
}
