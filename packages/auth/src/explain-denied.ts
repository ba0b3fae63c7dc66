import * as v from 'valibot'
import { arnParts, keyArn } from './arn.ts'
import type { DeniedCause, DeniedExplanation, DeniedRequest } from './denied.ts'
import { type Judgement, suspectsOf } from './denied-suspects.ts'
import { CausewayError } from './error.ts'
import { isObject, parseOptions } from './options.ts'
import type { PolicyDocument } from './policy.ts'
import { SecretUnavailable } from './secret-unavailable.ts'

const schema = v.strictObject({
  action: v.optional(v.pipe(v.string(), v.regex(/^[\w-]+:\w+$/, 'must be an action: sqs:SendMessage'))),
  resource: v.pipe(v.string(), v.startsWith('arn:', 'must be an ARN')),
  caller: v.optional(v.pipe(v.string(), v.startsWith('arn:', 'must be an ARN'))),
  externalId: v.nullish(v.strictObject({ length: v.number(), reference: v.optional(v.string()) })),
  sessionTags: v.optional(v.boolean()),
  sourceIdentity: v.optional(v.boolean()),
  duration: v.optional(v.number()),
  sessionPolicy: v.optional(v.custom<PolicyDocument>(isObject, 'must be a policy document')),
  keyArn: v.optional(keyArn),
  clockSkew: v.optional(v.number()),
})

/**
 * The likely causes of a denial, in order, and what is not the cause. AWS names the reason in some messages only, and
 * never says whether a role exists. Where the reason is certain, it alone is given.
 *
 * Denials are AccessDenied, ExpiredToken, and the errors about signatures and clocks.
 *
 * @param error What the SDK threw, or one of our errors around it.
 * @returns undefined when the error is no denial: throttling, a duration too long, a secret that could not be read. Its
 * own message says what it is.
 * @throws {InvalidOptions} for a request with something missing, unknown or wrong.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 *
 * @example
 * ```ts
 * import { assumedRole, explainDenied } from '@causeway-aws/auth'
 *
 * const roleArn = 'arn:aws:iam::111111111111:role/orders-sender'
 * try {
 *   await assumedRole({ roleArn })()
 * } catch (error) {
 *   const explanation = explainDenied(error, { resource: roleArn, externalId: null })
 *   if (explanation === undefined) throw error
 *   for (const { because, remedy } of explanation.likely) process.stdout.write(`${because} ${remedy}\n`)
 *   process.stdout.write(`Not the cause: ${explanation.ruledOut.map(({ cause }) => cause).join(', ')}\n`)
 * }
 * ```
 */
export function explainDenied(error: unknown, request: DeniedRequest): DeniedExplanation | undefined {
  parseOptions('explainDenied', schema, request)
  // What is denied there is the look-up, which is another call.
  if (error instanceof SecretUnavailable) return undefined
  const thrown = error instanceof CausewayError && error.cause instanceof Error ? error.cause : error
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
  const suspects = suspectsOf(name)
  if (suspects === undefined) return undefined
  const caller = request.caller ?? /\b(arn:aws[a-z-]*:(?:iam|sts)::\d{12}:\S+) is not authorized/.exec(message)?.[1]
  const evidence = {
    ...request,
    action: request.action ?? 'sts:AssumeRole',
    caller,
    sameAccount: caller !== undefined && arnParts(caller).account === arnParts(request.resource).account,
    errorName: name,
    message,
    deniedAction: /not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1],
    deniedBy: /(?:because no|explicit deny in (?:an?|the)) ([\w -]+? policy|permissions boundary)\b/i.exec(
      message,
    )?.[1],
  }
  const judgements = suspects.flatMap(([cause, judge]): (Judgement & Pick<DeniedCause, 'cause'>)[] => {
    const judgement = judge(evidence)
    return judgement === undefined ? [] : [{ cause, ...judgement }]
  })
  const of = (verdict: Judgement['verdict']) => judgements.filter((judgement) => judgement.verdict === verdict)
  const certain = of('certain')
  return {
    likely: (certain.length > 0 ? certain : of('likely')).map(({ cause, because, remedy = '' }) => ({
      cause,
      because,
      remedy,
    })),
    ruledOut: of('no').map(({ cause, because }) => ({ cause, because })),
  }
}
