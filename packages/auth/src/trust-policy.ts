import * as v from 'valibot'
import { acceptedExternalId } from './external-id.ts'
import { parseOptions } from './options.ts'
import type { PolicyCondition } from './policy.ts'
import { partnerPrincipal, partnerSchema, type StatementPrincipal } from './principals.ts'

/** Who may assume a role, and what has to be said with the request. */
export interface TrustPolicyOptions {
  /** An account id, or ARNs of roles and users of one account. */
  principal: string | readonly string[]
  /** One ExternalId, or two while one replaces the other: both are accepted. */
  externalIds: readonly string[]
  /** Keys of the session tags that may be passed. Default: none. */
  sessionTags?: readonly string[]
  /** Whether a source identity may be passed. Default: false. */
  sourceIdentity?: boolean
}

/** A statement of a {@link TrustPolicy}. */
export interface TrustStatement extends StatementPrincipal {
  Effect: 'Allow'
  Action: string
}

/** A role's AssumeRolePolicyDocument. */
export interface TrustPolicy {
  Version: '2012-10-17'
  Statement: readonly TrustStatement[]
}

const schema = v.strictObject({
  principal: partnerSchema,
  externalIds: v.pipe(
    v.array(acceptedExternalId),
    v.minLength(1, 'must hold an ExternalId: without one, anybody who can use the partner can use the role'),
    v.maxLength(2, 'must hold one ExternalId, or two while one replaces the other'),
  ),
  sessionTags: v.optional(v.array(v.pipe(v.string(), v.regex(/^[^*?$]+$/, 'must be a key, without wildcards'))), []),
  sourceIdentity: v.optional(v.boolean(), false),
})

/**
 * The trust policy of a role that a partner assumes with its ExternalId.
 *
 * Session tags and a source identity have statements of their own: sts:ExternalId is not among the condition keys of
 * sts:TagSession and sts:SetSourceIdentity, and either allows nothing without sts:AssumeRole.
 *
 * @throws {InvalidOptions} without an ExternalId, with more than two, for wildcards.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
 *
 * @example
 * ```ts
 * import { externalId, trustPolicy } from '@causeway-aws/auth'
 *
 * export const policy = trustPolicy({
 *   principal: ['arn:aws:iam::222222222222:role/orders-sender'],
 *   externalIds: [externalId()],
 *   sessionTags: ['tenant'],
 * })
 * ```
 */
export function trustPolicy(options: TrustPolicyOptions): TrustPolicy {
  const { principal, externalIds, sessionTags, sourceIdentity } = parseOptions('trustPolicy', schema, options)
  const partner = partnerPrincipal(principal)
  const allow = (Action: string, conditions: PolicyCondition = {}): TrustStatement => {
    const condition = { ...partner.Condition, ...conditions }
    return {
      Effect: 'Allow',
      Principal: partner.Principal,
      Action,
      ...(Object.keys(condition).length > 0 && { Condition: condition }),
    }
  }
  const statements = [allow('sts:AssumeRole', { StringEquals: { 'sts:ExternalId': externalIds } })]
  if (sessionTags.length > 0) {
    statements.push(allow('sts:TagSession', { 'ForAllValues:StringEquals': { 'aws:TagKeys': sessionTags } }))
  }
  if (sourceIdentity) statements.push(allow('sts:SetSourceIdentity'))
  return { Version: '2012-10-17', Statement: statements }
}
