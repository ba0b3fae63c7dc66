import { arnParts } from './arn.ts'
import { type Judgement, suspects } from './denied-suspects.ts'
import { CausewayError } from './error.ts'
import type { PolicyDocument } from './policy.ts'

/** The call that was denied: as much of it as is known. Nothing in it is secret. */
export interface DeniedRequest {
  /** Default: `sts:AssumeRole`. */
  action?: string
  /** ARN of the role, queue, stream… that the call was about. */
  resource: string
  /** ARN of the caller, as GetCallerIdentity gives it. Default: as the error has it. */
  caller?: string
  /** What is known of the ExternalId that was sent; leave it out when none was. */
  externalId?: { length: number; reference?: string }
  /** Session tags were passed. */
  sessionTags?: boolean
  /** A source identity was passed. */
  sourceIdentity?: boolean
  /** Length that was asked for the session, in seconds. */
  duration?: number
  /** The session policy that the call was made under. */
  sessionPolicy?: PolicyDocument
  /** ARN of the KMS key that encrypts the resource. */
  keyArn?: string
  /** How far this machine's clock is from AWS's, in seconds. */
  clockSkew?: number
}

/** Why a call may have been denied, or why not. */
export interface DeniedCause {
  cause:
    | 'clock'
    | 'duration'
    | 'external-id'
    | 'guardrail'
    | 'key-policy'
    | 'no-such-role'
    | 'own-policies'
    | 'region'
    | 'resource-policy'
    | 'root'
    | 'session-expired'
    | 'session-policy'
    | 'session-tags'
    | 'source-identity'
    | 'trust-policy'
  /** What speaks for it, or against it. */
  because: string
}

/** What {@link explainDenied} finds. */
export interface DeniedExplanation {
  /** The likely causes, the likeliest first, each with what to do about it. */
  likely: readonly (DeniedCause & { remedy: string })[]
  /** What it is not. */
  ruledOut: readonly DeniedCause[]
}

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
