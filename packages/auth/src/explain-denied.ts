import { arnParts } from './arn.ts'
import type { DeniedCause, DeniedExplanation, DeniedRequest } from './denied.ts'
import { type Judgement, suspects } from './denied-suspects.ts'
import { CausewayError } from './error.ts'

/**
 * The likely causes of a denial, in order, and what is not the cause. AWS names the reason in some messages only, and
 * never says whether a role exists. Where the reason is certain, it alone is given.
 *
 * @param error What the SDK threw, or one of our errors around it.
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
 *   const { likely, ruledOut } = explainDenied(error, { resource: roleArn })
 *   for (const { because, remedy } of likely) process.stdout.write(`${because} ${remedy}\n`)
 *   process.stdout.write(`Not the cause: ${ruledOut.map(({ cause }) => cause).join(', ')}\n`)
 * }
 * ```
 */
export function explainDenied(error: unknown, request: DeniedRequest): DeniedExplanation {
  const thrown = error instanceof CausewayError && error.cause instanceof Error ? error.cause : error
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
  const caller = request.caller ?? /\b(arn:aws[a-z-]*:(?:iam|sts)::\d{12}:\S+) is not authorized/.exec(message)?.[1]
  const evidence = {
    ...request,
    action: request.action ?? 'sts:AssumeRole',
    caller,
    sameAccount: caller !== undefined && arnParts(caller).account === arnParts(request.resource).account,
    errorName: name,
    message,
    deniedAction: /not authorized to perform: ([\w-]+:\w+)/.exec(message)?.[1],
    deniedBy: /(?:because no|explicit deny in an?) ([\w -]+? policy|permissions boundary)\b/i.exec(message)?.[1],
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
