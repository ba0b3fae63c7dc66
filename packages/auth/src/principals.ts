import * as v from 'valibot'
import { arnParts, principalArn } from './arn.ts'
import { parseOptions } from './options.ts'
import type { PolicyCondition } from './policy.ts'

/** Who a statement of a resource or trust policy is about: the two parts belong together in one statement. */
export interface StatementPrincipal {
  Principal: { AWS: string } | { Service: string }
  Condition?: PolicyCondition
}

const account = v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be an account id of 12 digits'))
const wrongPartner = 'must be an account id of 12 digits, or ARNs of roles or users of one account, without wildcards'

/** An account id, or ARNs of roles and users of one account. */
export const partnerSchema: v.GenericSchema<unknown, string | string[]> = v.union(
  [
    account,
    principalArn,
    v.pipe(
      v.array(principalArn),
      v.check((arns) => new Set(arns.map(rootOf)).size === 1, wrongPartner),
    ),
  ],
  wrongPartner,
)

/**
 * Roles and users of another account, for a trust, queue or key policy: the account's root, narrowed by
 * aws:PrincipalArn. A role's ARN as the principal itself turns into the role's id when the policy is saved, and stops
 * to work, without a word, when the role is made again.
 *
 * On AWS a session's aws:PrincipalArn is its role's ARN. Some emulators give the session's own ARN, which has no path;
 * it is named too, and on AWS matches nothing.
 *
 * @param partner An account id, for all of an account that its own policies let in; or the ARNs of some of its roles and
 * users.
 * @throws {InvalidOptions} for wildcards, or ARNs of more than one account.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 *
 * @example
 * ```ts
 * import { partnerPrincipal } from '@causeway-aws/auth'
 *
 * export const statement = {
 *   Effect: 'Allow',
 *   ...partnerPrincipal(['arn:aws:iam::222222222222:role/orders-sender']),
 *   Action: 'sqs:SendMessage',
 *   Resource: 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo',
 * }
 * ```
 */
export function partnerPrincipal(partner: string | readonly string[]): StatementPrincipal {
  const arns = [parseOptions('partnerPrincipal', partnerSchema, partner)].flat()
  const [first = ''] = arns
  // IAM turns an id into the account's root, in the partition that the policy is in.
  if (!first.startsWith('arn:')) return { Principal: { AWS: first } }

  return {
    Principal: { AWS: rootOf(first) },
    Condition: { ArnLike: { 'aws:PrincipalArn': arns.flatMap(withSessions) } },
  }
}

/** ARN of the root of the account that somebody is of. */
export function rootOf(arn: string): string {
  const { partition, account } = arnParts(arn)
  return `arn:${partition}:iam::${account}:root`
}

function withSessions(arn: string): string[] {
  const { partition, account, resource } = arnParts(arn)
  if (!resource.startsWith('role/')) return [arn]
  const name = resource.slice(resource.lastIndexOf('/') + 1)
  return [arn, `arn:${partition}:sts::${account}:assumed-role/${name}/*`]
}

const serviceSchema = v.strictObject({
  service: v.pipe(v.string(), v.regex(/^[a-z0-9.-]+\.amazonaws\.com$/, 'must be a service: s3.amazonaws.com')),
  sourceArn: v.pipe(
    v.string(),
    v.regex(/^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12})?:[^*?$\s]+$/, 'must be an ARN, without wildcards'),
  ),
  sourceAccount: account,
})

/**
 * An AWS service as the caller, but only on behalf of one resource of one account: without the two conditions anybody's
 * bucket, topic or rule could make the service call.
 *
 * @throws {InvalidOptions} for wildcards.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 *
 * @example
 * ```ts
 * import { servicePrincipal } from '@causeway-aws/auth'
 *
 * export const statement = {
 *   Effect: 'Allow',
 *   ...servicePrincipal({
 *     service: 's3.amazonaws.com',
 *     sourceArn: 'arn:aws:s3:::partner-exports',
 *     sourceAccount: '222222222222',
 *   }),
 *   Action: 'sqs:SendMessage',
 *   Resource: 'arn:aws:sqs:eu-west-1:111111111111:exports',
 * }
 * ```
 */
export function servicePrincipal(caller: {
  service: string
  sourceArn: string
  sourceAccount: string
}): StatementPrincipal {
  const { service, sourceArn, sourceAccount } = parseOptions('servicePrincipal', serviceSchema, caller)
  return {
    Principal: { Service: service },
    Condition: { ArnLike: { 'aws:SourceArn': sourceArn }, StringEquals: { 'aws:SourceAccount': sourceAccount } },
  }
}
