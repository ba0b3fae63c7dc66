import type { PolicyDocument } from './policy.ts'

/** The call that was denied: as much of it as is known. Nothing in it is secret. */
export interface DeniedRequest {
  /** Default: `sts:AssumeRole`. */
  action?: string
  /** ARN of the role, queue, stream… that the call was about. */
  resource: string
  /** ARN of the caller, as GetCallerIdentity gives it. Default: as the error has it. */
  caller?: string
  /** The ExternalId that was sent; `null` when none was. Default: it is not known whether one was. */
  externalId?: { length: number; reference?: string } | null
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
    | 'keys'
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

/** What `explainDenied` finds. */
export interface DeniedExplanation {
  /** The likely causes, the likeliest first, each with what to do about it. */
  likely: readonly (DeniedCause & { remedy: string })[]
  /** What it is not. */
  ruledOut: readonly DeniedCause[]
}
