import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import type { AwsCredentialIdentity } from '@smithy/types'
import { arnParts } from './arn.ts'
import {
  AssumeRoleDenied,
  AssumeRoleFailed,
  CallerSessionExpired,
  ChainedSessionTooLong,
  PackedPolicyTooLarge,
  RootCannotAssumeRole,
  type SessionFacts,
} from './assume-role-error.ts'
import { systemClock } from './clock.ts'
import { CausewayError } from './error.ts'
import { notify } from './notify.ts'
import { redacted, sentenceOf } from './redaction.ts'
import { isRetryable } from './retryable.ts'
import type { StsClient } from './sts-client.ts'

/** Longest session of a role that another role assumes. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html */
const CHAINED_LIMIT = 3600

/** A session, as it can be told to a log: everything but its keys. */
export interface AssumedSession {
  roleArn: string
  /** ARN of the session in the role's account. */
  sessionArn: string | undefined
  expiration: Date
  /** How much of the room for policies and tags is used, in per cent: only STS knows. */
  packedPolicySize: number | undefined
}

/** One AssumeRole call. */
export interface AssumeRoleRequest extends SessionFacts {
  duration: number
  externalId: string | undefined
  policy: string | undefined
  managedPolicyArns: readonly string[]
  tags: Readonly<Record<string, string>>
  sourceIdentity: string | undefined
}

/**
 * Asks STS once, and tells `onSession` what it gave. Rejects with an {@link AssumeRoleFailed} or one of its kinds, none
 * of which repeats the ExternalId.
 */
export async function assumeRole(
  sts: StsClient,
  request: AssumeRoleRequest,
  onSession: (session: AssumedSession) => void,
): Promise<AwsCredentialIdentity> {
  try {
    await refuseLongChain(sts, request)
    return await ask(sts, request, onSession)
  } catch (error) {
    throw await explained(error, sts, request)
  }
}

async function ask(
  sts: StsClient,
  request: AssumeRoleRequest,
  onSession: (session: AssumedSession) => void,
): Promise<AwsCredentialIdentity> {
  const { AssumeRoleCommand } = await import('@aws-sdk/client-sts')
  const asked = systemClock.now()
  const { Credentials, AssumedRoleUser, PackedPolicySize } = await sts.send(new AssumeRoleCommand(inputOf(request)))
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {}
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw new Error('STS gave no credentials')

  // By this machine's clock no session lasts longer than was asked for, even if that clock is behind.
  const expiration = new Date(Math.min(Expiration.getTime(), asked + request.duration * 1_000))
  const { roleArn } = request
  notify(onSession, { roleArn, sessionArn: AssumedRoleUser?.Arn, expiration, packedPolicySize: PackedPolicySize })
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration,
    accountId: arnParts(roleArn).account,
  }
}

function inputOf(request: AssumeRoleRequest): AssumeRoleCommandInput {
  const { roleArn, sessionName, duration, externalId, policy, managedPolicyArns, tags, sourceIdentity } = request
  const tagList = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  return {
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: duration,
    ExternalId: externalId,
    Policy: policy,
    // Left out when there are none: the SDK would send an empty parameter.
    ...(managedPolicyArns.length > 0 && { PolicyArns: managedPolicyArns.map((arn) => ({ arn })) }),
    ...(tagList.length > 0 && { Tags: tagList }),
    SourceIdentity: sourceIdentity,
  }
}

async function refuseLongChain({ config }: StsClient, request: AssumeRoleRequest): Promise<void> {
  if (request.duration <= CHAINED_LIMIT) return
  const { sessionToken } = await config.credentials()
  if (sessionToken !== undefined) throw new ChainedSessionTooLong(request, request.duration)
}

async function explained(error: unknown, sts: StsClient, request: AssumeRoleRequest): Promise<CausewayError> {
  if (error instanceof CausewayError) return error
  // STS repeats a parameter that it finds malformed, and so may whatever stands between.
  const cause = redacted(error, request.externalId)
  switch (cause.name) {
    case 'AccessDenied':
    case 'AccessDeniedException':
      return denied(cause, sts, request)
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return new CallerSessionExpired(request, cause)
    case 'PackedPolicyTooLarge':
    case 'PackedPolicyTooLargeException':
      return new PackedPolicyTooLarge(request, cause)
  }
  const retryable = await isRetryable(error)
  return new AssumeRoleFailed(`${request.roleArn} could not be assumed: ${sentenceOf(cause)}`, request, {
    code: 'AssumeRoleFailed',
    retryable,
    cause,
  })
}

async function denied(cause: Error, sts: StsClient, request: AssumeRoleRequest): Promise<AssumeRoleFailed> {
  const callerArn = /^User: (arn:\S+) is not authorized/.exec(cause.message)?.[1] ?? (await identityOf(sts))
  const root = callerArn?.endsWith(':root') === true || /root accounts?\b/.test(cause.message)
  return root ? new RootCannotAssumeRole(request, cause) : new AssumeRoleDenied(request, callerArn, cause)
}

/** GetCallerIdentity needs no permission; but when it fails too, the denial is what matters. */
async function identityOf(sts: StsClient): Promise<string | undefined> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
  return sts.send(new GetCallerIdentityCommand()).then(
    ({ Arn }) => Arn,
    () => undefined,
  )
}
