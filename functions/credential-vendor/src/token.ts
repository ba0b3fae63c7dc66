import type { TokenHolder } from '@causeway-aws/grants/apps'
import { CognitoJwtVerifier } from 'aws-jwt-verify'
import { FetchError, JwksValidationError, JwkValidationError, JwtBaseError } from 'aws-jwt-verify/error'
import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import { Problem } from './problem.ts'

/** A user of the user pool, by a token of it. */
export interface Caller extends TokenHolder {
  /** The name that it logs in by. */
  userName: string
}

/** Looks who asks. */
export interface Tokens {
  /**
   * Who an ID token or, where those are taken, an access token is of. Rejects with a {@link Problem}: 401 for a token that
   * is not good, whatever it lacks.
   */
  holderOf(headers: Readonly<Record<string, string | undefined>>, options?: { access?: boolean }): Promise<Caller>
}

interface TokensOptions {
  userPoolId: string
  clientId: string
  /** Where AWS is, if not where it always is: AWS_ENDPOINT_URL. */
  endpoint: string
}

/**
 * Tokens of one user pool and one app client. The API's authorizer has verified them before; a route without one, or
 * another way to the function, must not be a way around it.
 */
export function userPoolTokens({ userPoolId, clientId, endpoint }: TokensOptions): Tokens {
  const verifier = CognitoJwtVerifier.create(
    { userPoolId, clientId, tokenUse: null },
    { jwksCache: new SimpleJwksCache({ fetcher: { fetch: (uri) => fetchKeys(uri, endpoint) } }) },
  )
  return {
    async holderOf(headers, { access = false } = {}) {
      const token = (headers.authorization ?? '').replace(/^Bearer\s+/i, '')
      try {
        const claims = await verifier.verify(token, access ? {} : { tokenUse: 'id' })
        const { sub: subject, token_use: use, username, 'cognito:username': userName = username } = claims
        return { subject, userName: String(userName), ...(use === 'id' && { idToken: token }) }
      } catch (error) {
        if (!isOfToken(error)) throw error
        const detail =
          'The token is none that this user pool has given for this app client, or it has expired. Log in again.'
        throw new Problem(401, 'TokenRefused', detail, { 'www-authenticate': 'Bearer error="invalid_token"' })
      }
    },
  }
}

/** Whether it is the token that is not good, and not what it is looked at by: the user pool's keys. */
const isOfToken = (error: unknown): boolean =>
  error instanceof JwtBaseError &&
  ![FetchError, JwksValidationError, JwkValidationError].some((other) => error instanceof other)

async function fetchKeys(uri: string, endpoint: string): Promise<ArrayBuffer> {
  const { origin, pathname } = new URL(uri)
  const where = `${endpoint === '' ? origin : endpoint.replace(/\/$/, '')}${pathname}`
  const answer = await fetch(where, { signal: AbortSignal.timeout(3_000) }).catch((error: unknown) => {
    throw new FetchError(where, error)
  })
  if (!answer.ok) throw new FetchError(where, `status ${answer.status}`)
  return await answer.arrayBuffer()
}
