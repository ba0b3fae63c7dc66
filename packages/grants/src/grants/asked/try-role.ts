import type { STSClient } from '@aws-sdk/client-sts'
import {
  CausewayError,
  type DeniedExplanation,
  type DeniedRequest,
  explainDenied,
  externalId,
  withoutTokens,
} from '@causeway-aws/auth'

/** Credentials of a session, as SDK clients take them. */
export interface SessionCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

/** What came of asking for a session, or for what one does with it. */
export type Attempt<Granted> =
  | { granted: true; value: Granted }
  | { granted: false; error: string; message: string; explanation: DeniedExplanation }

/** What came of asking for a role with its ExternalId, without one, and with a wrong one. */
export interface RoleTrial {
  right: Attempt<SessionCredentials>
  none: Attempt<SessionCredentials>
  wrong: Attempt<SessionCredentials>
}

/** Asks for something, and takes a denial for an answer. What fails for another reason rejects. */
export async function attempt<Granted>(ask: () => Promise<Granted>, request: DeniedRequest): Promise<Attempt<Granted>> {
  try {
    return { granted: true, value: await ask() }
  } catch (error) {
    const explanation = explainDenied(error, request)
    if (explanation === undefined || !(error instanceof Error)) throw error
    const { name, message } = error instanceof CausewayError && error.cause instanceof Error ? error.cause : error
    // Below the first line AWS repeats all that was signed.
    return { granted: false, error: name, message: withoutTokens(message).replace(/\n.*$/s, ''), explanation }
  }
}

/**
 * Asks STS for a role with one ExternalId, or none. STS is asked each time: a session that is held would say nothing of what
 * the role trusts now.
 */
export function tryExternalId(
  sts: STSClient,
  roleArn: string,
  id: string | undefined,
): Promise<Attempt<SessionCredentials>> {
  return attempt(
    async () => {
      const { AssumeRoleCommand } = await import('@aws-sdk/client-sts')
      const input = { RoleArn: roleArn, RoleSessionName: 'causeway-grant', DurationSeconds: 900 }
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({ ...input, ...(id !== undefined && { ExternalId: id }) }),
      )
      const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
      return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    },
    { resource: roleArn, externalId: id === undefined ? null : { length: id.length } },
  )
}

/** Tries a role as it should be used, and as it should not be. */
export async function tryRole(sts: STSClient, roleArn: string, id: string): Promise<RoleTrial> {
  const right = await tryExternalId(sts, roleArn, id)
  const none = await tryExternalId(sts, roleArn, undefined)
  const wrong = await tryExternalId(sts, roleArn, externalId())
  return { right, none, wrong }
}

/**
 * What the partner has to let us do, it does not let us do.
 *
 * @example
 * ```ts
 * import { createGrants, GrantDenied } from '@causeway-aws/grants'
 *
 * const grants = createGrants({ table: 'causeway-grants' })
 * const role = { roleArns: ['arn:aws:iam::222222222222:role/orders-reader'] }
 * await grants.accept('0123456789abcdef', role).catch((error: unknown) => {
 *   if (!(error instanceof GrantDenied)) throw error
 *   for (const { because, remedy } of error.explanation.likely) process.stderr.write(`${because} ${remedy}\n`)
 * })
 * ```
 */
export class GrantDenied extends CausewayError {
  readonly explanation: DeniedExplanation

  constructor(what: string, { error, message, explanation }: Extract<Attempt<unknown>, { granted: false }>) {
    super(`${what} AWS says: ${error}: ${message}`, { code: 'GrantDenied' })
    this.explanation = explanation
  }
}

/**
 * The partner's role lets in whoever asks: without its ExternalId, or with any.
 *
 * @example
 * ```ts
 * import { createGrants, RoleIsOpen } from '@causeway-aws/grants'
 *
 * const grants = createGrants({ table: 'causeway-grants' })
 * const role = { roleArns: ['arn:aws:iam::222222222222:role/orders-reader'] }
 * await grants.accept('0123456789abcdef', role).catch((error: unknown) => {
 *   if (!(error instanceof RoleIsOpen)) throw error
 *   process.stderr.write('Tell the partner.\n')
 * })
 * ```
 */
export class RoleIsOpen extends CausewayError {
  constructor(roleArn: string, how: 'without an ExternalId' | 'with any ExternalId') {
    super(
      `The role ${roleArn} lets us in ${how}, so that somebody else may use it in our name. The partner has to deploy what \`causeway grant export\` writes; accept it then.`,
      { code: 'RoleIsOpen' },
    )
  }
}
