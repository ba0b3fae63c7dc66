import type {
  AuthenticationResultType,
  CognitoIdentityProviderClient,
  InitiateAuthCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { type Clock, systemClock } from './clock.ts'
import { CausewayError } from './error.ts'
import type { Secret } from './secret.ts'

/** Whom an app logs in as. */
export interface AppLoginOptions {
  userPoolId: string
  /** An app client without a secret, that allows SRP. */
  clientId: string
  userName: string
  password: Secret
  /** Default: one of the user pool's region. */
  client?: CognitoIdentityProviderClient
  clock?: Clock
}

/**
 * The user pool does not let the user in.
 *
 * @example
 * ```ts
 * import { LoginRefused } from '@causeway-aws/auth'
 *
 * export const isRefused = (error: unknown): boolean => error instanceof LoginRefused
 * ```
 */
export class LoginRefused extends CausewayError {
  constructor(userName: string, userPoolId: string, reason: string) {
    super(`The user pool ${userPoolId} does not let ${userName} in: ${reason}`, { code: 'LoginRefused' })
  }
}

/** A token is renewed when it has less than this left. */
const least = 60_000

/** Which of a user's tokens: `id` says who it is, `access` what EchoStream's clients show. */
export type TokenUse = 'id' | 'access'

/**
 * Gives ID tokens, or access tokens: logs in by SRP, so that the password is sent to nobody, and from then on by the refresh token that it
 * remembers, for as long as the user pool takes that.
 */
export function appLogin(options: AppLoginOptions, use: TokenUse = 'id'): () => Promise<string> {
  const { userPoolId, clientId, userName, password, clock = systemClock } = options
  let held: { token: string; endsAt: number; life: number; receivedAt: number } | undefined
  let refreshToken: string | undefined
  let client = options.client

  async function ask(input: InitiateAuthCommandInput) {
    const { CognitoIdentityProviderClient, InitiateAuthCommand } = await import(
      '@aws-sdk/client-cognito-identity-provider'
    )
    client ??= new CognitoIdentityProviderClient({ region: userPoolId.split('_')[0] ?? '' })
    return client.send(new InitiateAuthCommand(input))
  }

  async function bySrp(): Promise<AuthenticationResultType | undefined> {
    const { createSrpSession, signSrpSession, wrapAuthChallenge, wrapInitiateAuth } = await import('cognito-srp-helper')
    const session = createSrpSession(userName, await password.value(), userPoolId, false)
    const first = {
      ClientId: clientId,
      AuthFlow: 'USER_SRP_AUTH',
      AuthParameters: { CHALLENGE_NAME: 'SRP_A', USERNAME: userName },
    } as const
    const challenge = await ask({ ...first, ...wrapInitiateAuth(session, first), AuthFlow: first.AuthFlow })
    if (challenge.ChallengeName !== 'PASSWORD_VERIFIER') throw refused(`it asks for ${challenge.ChallengeName}.`)
    const { RespondToAuthChallengeCommand } = await import('@aws-sdk/client-cognito-identity-provider')
    const { ChallengeName } = challenge
    const second = {
      ClientId: clientId,
      ChallengeName,
      ChallengeResponses: { USERNAME: challenge.ChallengeParameters?.USER_ID_FOR_SRP ?? userName },
      Session: challenge.Session,
    }
    const signed = wrapAuthChallenge(signSrpSession(session, { ...challenge, ChallengeName }), second)
    const answer = await client?.send(new RespondToAuthChallengeCommand({ ...second, ...signed, ChallengeName }))
    if (answer?.ChallengeName !== undefined) {
      throw refused(`it asks for ${answer.ChallengeName}; whoever made the user has to set a lasting password.`)
    }
    return answer?.AuthenticationResult
  }

  async function byRefreshToken(token: string): Promise<AuthenticationResultType | undefined> {
    try {
      const parameters = { REFRESH_TOKEN: token }
      const answer = await ask({ ClientId: clientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: parameters })
      return answer.AuthenticationResult
    } catch (error) {
      if (!isRefusal(error)) throw error
      refreshToken = undefined // it has ended, or was revoked: the password still may do
      return undefined
    }
  }

  const refused = (reason: string) => new LoginRefused(userName, userPoolId, reason)

  async function logIn(): Promise<AuthenticationResultType | undefined> {
    const refreshed = refreshToken && (await byRefreshToken(refreshToken))
    if (refreshed) return refreshed
    try {
      return await bySrp()
    } catch (error) {
      if (isRefusal(error)) throw refused('the user name or the password is wrong, or the user is disabled.')
      throw error
    }
  }

  /** By both clocks: one may be set back, and the other stands still while the machine sleeps. */
  function remaining({ endsAt, life, receivedAt }: NonNullable<typeof held>): number {
    return Math.min(endsAt - clock.now(), life - (clock.monotonic() - receivedAt))
  }

  return async () => {
    if (held && remaining(held) > least) return held.token
    const { IdToken, AccessToken, RefreshToken, ExpiresIn = 0 } = (await logIn()) ?? {}
    const token = use === 'id' ? IdToken : AccessToken
    if (token === undefined) throw refused('it has given no token.')
    refreshToken = RefreshToken ?? refreshToken
    const life = ExpiresIn * 1_000
    held = { token, endsAt: clock.now() + life, life, receivedAt: clock.monotonic() }
    return token
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && ['NotAuthorizedException', 'UserNotFoundException'].includes(error.name)
