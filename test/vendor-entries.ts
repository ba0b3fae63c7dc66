import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CredentialVendor, VendedCredentials, Vendor, VendorOptions } from '@causeway-aws/grants/apps'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
// @boundaries-ignore both entries of the function, with a vendor of the test's
import { answerGraphqlEvent } from '../functions/credential-vendor/src/graphql-entry.ts'
// @boundaries-ignore as above
import { answerEvent } from '../functions/credential-vendor/src/routes.ts'
// @boundaries-ignore as above
import { userPoolTokens } from '../functions/credential-vendor/src/token.ts'

const userPoolId = 'eu-west-1_EXAMPLE'
const clientId = 'exampleclientid'

/** Of an app that is made without a stack: who could give it its sessions. */
export const exampleVendor: Vendor = {
  roleArn: 'arn:aws:iam::111111111111:role/causeway-credentials',
  userPoolId,
  clientId,
  boundaryArn: 'arn:aws:iam::111111111111:policy/causeway-credentials-apps',
}

/** Of a vendor whose sessions nobody cuts. */
export const cutsNothing: Pick<VendorOptions, 'cut' | 'cutThrottle'> = {
  cutThrottle: { count: async () => {} },
  cut: async ({ app, before }) => ({ app, before }),
}

/** A user's tokens. */
export interface UserTokens {
  id: string
  access: string
}

/** Both entries of the credential vendor's function in this process, and the user pool whose tokens they take. */
export interface VendorEntries extends AsyncDisposable {
  tokensOf(user: string): UserTokens
  /** As `appCredentials` asks: by REST, with an ID token. */
  rest(app: string, tokens: UserTokens): Promise<VendedCredentials>
  /** As EchoStream's clients ask: by GraphQL, with an access token. */
  graphql(app: string, tokens: UserTokens): Promise<Omit<VendedCredentials, 'session'>>
}

/** As the package echostream-botocore has it, but for the apps that there are none of. */
const query = `query getAwsCredentials($app: String!, $tenant: String!, $duration: Int!) {
  GetApp(name: $app, tenant: $tenant) {
    ... on CrossAccountApp { GetAwsCredentials(duration: $duration) { accessKeyId secretAccessKey sessionToken expiration } }
    ... on ExternalApp { GetAwsCredentials(duration: $duration) { accessKeyId secretAccessKey sessionToken expiration } }
  }
}`

/** Apps are of the tenant `example`. */
export async function vendorEntries(vendor: CredentialVendor): Promise<VendorEntries> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }]
  const server = createServer((_, response) => void response.end(JSON.stringify({ keys }))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (claims: object) => {
    const iat = Math.floor(Date.now() / 1_000)
    const iss = `https://cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`
    const text = `${part({ alg: 'RS256', kid: 'one' })}.${part({ iss, iat, exp: iat + 3_600, ...claims })}`
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`
  }
  const context = {
    tokens: userPoolTokens({ userPoolId, clientId, endpoint }),
    vendor,
    signal: new AbortController().signal,
    problemFor(error: unknown): never {
      throw error
    },
  }
  const event = (fields: object) => fields as APIGatewayProxyEventV2
  const bodyOf = async (answer: Promise<APIGatewayProxyStructuredResultV2>) => JSON.parse((await answer).body ?? '')

  return {
    tokensOf: (sub) => ({
      id: signed({ sub, aud: clientId, token_use: 'id', 'cognito:username': sub }),
      access: signed({ sub, client_id: clientId, token_use: 'access', username: sub }),
    }),
    rest: (app, { id }) =>
      bodyOf(
        answerEvent(
          event({
            routeKey: 'POST /apps/{app}/credentials',
            headers: { authorization: `Bearer ${id}` },
            pathParameters: { app },
            body: '{"durationSeconds":3600}',
          }),
          context,
        ),
      ),
    async graphql(app, { access }) {
      const headers = { authorization: access, 'content-type': 'application/json' }
      const body = JSON.stringify({ query, variables: { app, tenant: 'example', duration: 3_600 } })
      const { data } = await bodyOf(answerGraphqlEvent(event({ routeKey: 'POST /graphql', headers, body }), context))
      return data.GetApp.GetAwsCredentials
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
