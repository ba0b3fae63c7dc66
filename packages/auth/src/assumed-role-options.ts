import * as v from 'valibot'
import { managedPolicyArn, roleArn } from './arn.ts'
import type { AssumedSession } from './assume-role.ts'
import { acceptedExternalId } from './external-id.ts'
import { InvalidOptions, isFunction, isObject, parseOptions } from './options.ts'
import type { PolicyDocument } from './policy.ts'
import { isSecret, type Secret } from './secret.ts'
import { sessionPolicyText } from './session-policy.ts'
import type { StsClient } from './sts-client.ts'
import type { OnWarning } from './warning.ts'

/** Who to be in the other account, and who to tell about it. */
export interface AssumedRoleOptions {
  /** ARN of the role. */
  roleArn: string
  /** What the role's trust policy asks for. A {@link Secret} is looked up for each AssumeRole, so a new one is taken up. */
  externalId?: string | Secret
  /** Session policy: the session may do what both this and the role's own policies allow. Default: all the role may. */
  policy?: PolicyDocument
  /** Managed policies that narrow the session in the same way, at most 10. Default: none. */
  managedPolicyArns?: readonly string[]
  /** Session tags, at most 50. Needs sts:TagSession on both sides. Default: none. */
  tags?: Readonly<Record<string, string>>
  /** Who is behind the session, for CloudTrail. Needs sts:SetSourceIdentity on both sides. Default: nobody. */
  sourceIdentity?: string
  /**
   * Length of a session in seconds: 900 to 43,200, and no more than the role's MaxSessionDuration; 3,600 when the caller
   * is a session itself. Under 1,800 there is a warning: most SDKs ask for such credentials again and again. Default: 3600.
   */
  duration?: number
  /** Name of the session, in the ARN that CloudTrail and Kafka see: keep it stable. Default: `causeway`. */
  sessionName?: string
  /** Region of the STS endpoint. Default: the one that the SDK finds (AWS_REGION, the profile). */
  region?: string
  /** An STS client, with credentials of its own, instead of one made from the environment. */
  sts?: StsClient
  /** Told when sessions are short, and when a renewal failed. Default: a Node warning. */
  onWarning?: OnWarning
  /** Told of each session that STS gives. Default: nobody. */
  onSession?: (session: AssumedSession) => void
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and API_Tag.html there
const name = v.pipe(
  v.string(),
  v.regex(/^[\w+=,.@-]{2,64}$/, 'must be 2 to 64 characters of A-Z, a-z, 0-9 and _+=,.@-'),
)
const tagKey = v.pipe(
  v.string(),
  v.regex(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu, 'is not a key that STS accepts for a tag'),
)
const tagValue = v.pipe(
  v.string(),
  v.regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, 'must be at most 256 letters, digits, spaces and _.:/=+-@'),
)
const tags = v.pipe(
  v.record(tagKey, tagValue),
  v.maxEntries(50, 'must be at most 50'),
  v.check((tags) => {
    const keys = Object.keys(tags)
    return new Set(keys.map((key) => key.toLowerCase())).size === keys.length
  }, 'must not have keys that differ in case only'),
)
const duration = v.pipe(
  v.number(),
  v.integer('must be whole seconds'),
  v.minValue(900, 'must be 900 to 43200 seconds'),
  v.maxValue(43_200, 'must be 900 to 43200 seconds'),
)

const schema = v.strictObject({
  roleArn,
  externalId: v.optional(
    v.union(
      [acceptedExternalId, v.custom<Secret>(isSecret)],
      'must be a secret(), or an ExternalId as STS accepts it: 2 to 1,224 letters, digits and _+=,.@:/\\-',
    ),
  ),
  policy: v.optional(v.custom<PolicyDocument>(isObject, 'must be a policy document')),
  managedPolicyArns: v.optional(v.pipe(v.array(managedPolicyArn), v.maxLength(10, 'must be at most 10')), []),
  tags: v.optional(tags, {}),
  sourceIdentity: v.optional(name),
  duration: v.optional(duration, 3600),
  sessionName: v.optional(name, 'causeway'),
  region: v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be a region: eu-west-1'))),
  sts: v.optional(v.custom<StsClient>((sts) => isObject(sts) && 'send' in sts, 'must be an STS client')),
  onWarning: v.optional(v.custom<OnWarning>(isFunction)),
  onSession: v.optional(v.custom<NonNullable<AssumedRoleOptions['onSession']>>(isFunction)),
})

/** All that makes one session differ from another, in one form however it was written down. */
export interface Identity {
  roleArn: string
  sessionName: string
  externalId: string | Secret | undefined
  /** As it goes to STS. */
  policy: string | undefined
  managedPolicyArns: readonly string[]
  tags: Readonly<Record<string, string>>
  sourceIdentity: string | undefined
  duration: number
  region: string | undefined
}

export function parseAssumedRole(options: AssumedRoleOptions): {
  identity: Identity
  sts: StsClient | undefined
  listeners: Pick<AssumedRoleOptions, 'onWarning' | 'onSession'>
} {
  const { sts, onWarning, onSession, ...given } = parseOptions('assumedRole', schema, options)
  if (sts !== undefined && given.region !== undefined) {
    throw new InvalidOptions('assumedRole: region is the STS client’s own when sts is given; leave it out.')
  }
  const managedPolicyArns = [...new Set(given.managedPolicyArns)].sort()
  const identity = {
    roleArn: given.roleArn,
    sessionName: given.sessionName,
    externalId: given.externalId,
    policy: given.policy && sessionPolicyText(given.policy, managedPolicyArns),
    managedPolicyArns,
    tags: Object.fromEntries(Object.entries(given.tags).sort()),
    sourceIdentity: given.sourceIdentity,
    duration: given.duration,
    region: given.region,
  }
  // Without those that were not given, which silence nobody's.
  return { identity, sts, listeners: { ...(onWarning && { onWarning }), ...(onSession && { onSession }) } }
}
