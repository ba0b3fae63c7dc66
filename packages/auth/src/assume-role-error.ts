import { CausewayError, type CausewayErrorOptions } from './error.ts'

/** Which session an error is about. */
export interface SessionFacts {
  roleArn: string
  sessionName: string
}

/**
 * A role could not be assumed. The base of the more precise errors, and the error itself when none of them fits: STS is
 * throttling or down, the caller's keys are unknown, the duration is longer than the role's MaxSessionDuration.
 *
 * @example
 * ```ts
 * import { AssumeRoleDenied, AssumeRoleFailed, assumedRole } from '@causeway-aws/auth'
 *
 * const partner = assumedRole({ roleArn: 'arn:aws:iam::222222222222:role/orders-reader' })
 * await partner().catch((error: unknown) => {
 *   if (error instanceof AssumeRoleDenied) process.stderr.write(`${error.callerArn} was refused ${error.roleArn}\n`)
 *   else if (error instanceof AssumeRoleFailed && error.retryable) process.stderr.write('STS is not well\n')
 *   else throw error
 * })
 * ```
 */
export class AssumeRoleFailed extends CausewayError {
  readonly roleArn: string
  readonly sessionName: string

  constructor(message: string, { roleArn, sessionName }: SessionFacts, options: CausewayErrorOptions) {
    super(message, options)
    this.roleArn = roleArn
    this.sessionName = sessionName
  }
}

/** STS answered AccessDenied. {@link explainDenied} gives the likely causes. */
export class AssumeRoleDenied extends AssumeRoleFailed {
  /** Who asked, where STS said so. */
  readonly callerArn: string | undefined

  constructor(facts: SessionFacts, callerArn: string | undefined, cause: unknown) {
    super(
      `STS refuses ${facts.roleArn} to ${callerArn ?? 'the caller'}. Compare the ExternalId, the role's trust policy ` +
        "and the caller's own policies; `causeway doctor` says which is likely.",
      facts,
      { code: 'AssumeRoleDenied', cause },
    )
    this.callerArn = callerArn
  }
}

/** The caller is an account's root user, which AWS lets assume no role. */
export class RootCannotAssumeRole extends AssumeRoleFailed {
  constructor(facts: SessionFacts, cause: unknown) {
    super(
      `An account's root user cannot assume a role, so not ${facts.roleArn}. Use a user or a role of that account; all ` +
        `it needs is policies.assumeRole('${facts.roleArn}').`,
      facts,
      { code: 'RootCannotAssumeRole', cause },
    )
  }
}

/** More than an hour was asked for by a caller that is a session itself. */
export class ChainedSessionTooLong extends AssumeRoleFailed {
  constructor(facts: SessionFacts, duration: number) {
    super(
      `A role that assumes a role, as any Lambda function does, gets at most 3600 s; ${duration} s were asked for ` +
        `${facts.roleArn}. Ask for 3600 s or less.`,
      facts,
      { code: 'ChainedSessionTooLong' },
    )
  }
}

/** The caller's own session has ended. */
export class CallerSessionExpired extends AssumeRoleFailed {
  constructor(facts: SessionFacts, cause: unknown) {
    super(`The caller's own session has ended, so it cannot assume ${facts.roleArn}. Log in again.`, facts, {
      code: 'CallerSessionExpired',
      cause,
    })
  }
}

/** The session policy and the tags do not fit into a session, as STS packs them. */
export class PackedPolicyTooLarge extends AssumeRoleFailed {
  constructor(facts: SessionFacts, cause: Error) {
    super(
      `The session policy and tags for ${facts.roleArn} do not fit into a session as STS packs them: ${cause.message} ` +
        'Name fewer resources or tags, or give them a role of their own.',
      facts,
      { code: 'PackedPolicyTooLarge', cause },
    )
  }
}
