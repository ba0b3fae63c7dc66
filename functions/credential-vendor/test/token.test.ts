import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Tokens, userPoolTokens } from '../src/token.ts'

const userPoolId = 'eu-west-1_EXAMPLE'
const clientId = 'exampleclientid'
const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const others = generateKeyPairSync('rsa', { modulusLength: 2_048 })
let server: Server
let tokens: Tokens

beforeAll(async () => {
  const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'ours', use: 'sig', alg: 'RS256' }
  server = createServer((request, response) => {
    if (request.url !== `/${userPoolId}/.well-known/jwks.json`) return void response.writeHead(404).end()
    response.end(JSON.stringify({ keys: [jwk] }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  tokens = userPoolTokens({ userPoolId, clientId, endpoint: endpointOf(server) })
})
afterAll(() => void server.close())

const endpointOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function token(claims: object = {}, header: object = {}, { privateKey } = keys): string {
  const now = Math.floor(Date.now() / 1_000)
  const usual = {
    sub: 'user-1',
    'cognito:username': 'orders',
    aud: clientId,
    token_use: 'id',
    iat: now,
    exp: now + 3_600,
  }
  const iss = `https://cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`
  const signed = `${part({ alg: 'RS256', kid: 'ours', ...header })}.${part({ iss, ...usual, ...claims })}`
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`
}

/** An access token has no audience, and names the app client otherwise. */
const accessToken = {
  authorization: token({
    aud: undefined,
    'cognito:username': undefined,
    username: 'orders',
    token_use: 'access',
    client_id: clientId,
  }),
}

describe('who asks', () => {
  it.each(['Bearer ', 'bearer ', ''])('is known by an ID token after "%s"', async (prefix) => {
    const idToken = token()
    await expect(tokens.holderOf({ authorization: `${prefix}${idToken}` })).resolves.toEqual({
      subject: 'user-1',
      userName: 'orders',
      idToken,
    })
  })

  it('is known by an access token, too, where those are taken, and has no ID token then', async () => {
    const { authorization } = accessToken
    const known = { subject: 'user-1', userName: 'orders' }
    await expect(tokens.holderOf({ authorization }, { access: true })).resolves.toEqual(known)
    await expect(tokens.holderOf({ authorization: token() }, { access: true })).resolves.toMatchObject(known)
  })

  it.each([
    ['no token', undefined],
    ['what is no token', 'x'],
    ['a token of another pool', token({ iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_OTHER' })],
    ['a token of another app client', token({ aud: 'other' })],
    ['an expired token', token({ exp: 1 })],
    ['a token that nobody has signed', `${part({ alg: 'none' })}.${token().split('.')[1]}.`],
    ['a token that says it needs no signature', token({}, { alg: 'none' })],
    ['a token that another key has signed', token({}, {}, others)],
    ['a token of an unknown key', token({}, { kid: 'another' }, others)],
    ['an access token of another app client', token({ aud: undefined, token_use: 'access', client_id: 'other' })],
    ['a token of neither use', token({ token_use: 'refresh' })],
  ])('is not known by %s, at either entry', async (_, authorization) => {
    for (const access of [false, true]) {
      const refused = tokens.holderOf({ authorization }, { access })
      await expect(refused).rejects.toMatchObject({ status: 401, code: 'TokenRefused' })
    }
  })

  it('is not known by an access token where only ID tokens are taken', async () => {
    await expect(tokens.holderOf(accessToken)).rejects.toMatchObject({ status: 401, code: 'TokenRefused' })
  })

  it.each([
    ['no JSON', '<html>'],
    ['no keys', '{}'],
    ['keys that are none', '{"keys":[{"kid":"ours","use":"sig"}]}'],
  ])(
    'cannot be known where the keys of the user pool are %s, which is not said to be the token’s fault',
    async (_, body) => {
      const other = createServer((_request, response) => void response.end(body)).listen(0, '127.0.0.1')
      await once(other, 'listening')
      const without = userPoolTokens({ userPoolId, clientId, endpoint: endpointOf(other) })
      const refused = await without.holderOf({ authorization: token() }).catch((error: unknown) => error)
      other.close()
      expect(refused).toBeInstanceOf(Error)
      expect(refused).not.toHaveProperty('status')
    },
  )

  it('cannot be known while the keys of the user pool cannot be had, which is not said to be the token’s fault', async () => {
    const without = userPoolTokens({ userPoolId, clientId, endpoint: `${endpointOf(server)}/nowhere` })
    await expect(without.holderOf({ authorization: token() })).rejects.toMatchObject({
      message: expect.stringContaining('Failed to fetch'),
    })
  })
})
