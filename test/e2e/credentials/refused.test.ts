import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { describe, expect, it } from 'vitest'
// @boundaries-ignore how a user logs in
import { appLogin } from '../../../packages/auth/src/app-login.ts'
import { asksPerMinute, testVendor } from './vendor.ts'

const vendored = testVendor()
const { user, app, ask, askFor, askGraphql } = vendored

/** An app for those tests that are given nothing. */
let sharedApp: ReturnType<typeof app> | undefined
const shared = () => {
  sharedApp ??= app()
  return sharedApp
}

describe('what is refused', () => {
  it.each([
    ['{"durationSeconds":899}', 400, 'from 900 to 3600'],
    ['{"durationSeconds":43201}', 400, 'from 900 to 3600'],
    ['{"durationSeconds":"3600"}', 400, 'from 900 to 3600'],
    ['{"seconds":3600}', 400, 'hold nothing else'],
    ['[', 400, 'hold nothing else'],
    ['[]', 400, 'hold nothing else'],
    [`{"durationSeconds":3600}${' '.repeat(1_024)}`, 413, '1024 bytes'],
  ])('the body %s', async (body, status, detail) => {
    const orders = await shared()
    const answer = await askFor(orders.name, await orders.token(), body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ status, type: expect.stringMatching(/^urn:/), title: expect.any(String) })
    expect(answer.body.detail).toContain(detail)
  })

  it('is an app that is not there and one of somebody else in the same words', async () => {
    const [orders, others] = [await shared(), await app()]
    const token = await orders.token()
    const ways: [path: string, init: RequestInit][] = [
      ['/credentials', { method: 'POST', body: '{}' }],
      ['/sessions', { method: 'DELETE' }],
      ['', {}],
      ['/iam-policy', {}],
    ]
    for (const [path, init] of ways) {
      const [foreign, unknown] = [
        await ask(`/apps/${others.name}${path}`, token, init),
        await ask(`/apps/nobodys-app${path}`, token, init),
      ]
      expect(foreign.status).toBe(404)
      expect(JSON.stringify(foreign.body).replaceAll(others.name, '')).toBe(
        JSON.stringify(unknown.body).replaceAll('nobodys-app', ''),
      )
    }
  })

  it('is a token of another pool, of another app client, and one that is forged', async () => {
    const orders = await shared()
    const good = await orders.token()
    const [header = '', payload = '', signature = ''] = good.split('.')
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const cognito = new CognitoIdentityProviderClient(vendored.home)
    const clientOf = async (UserPoolId: string) => {
      const ExplicitAuthFlows = ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const
      const made = { UserPoolId, ClientName: 'other', ExplicitAuthFlows: [...ExplicitAuthFlows] }
      return (await cognito.send(new CreateUserPoolClientCommand(made))).UserPoolClient?.ClientId ?? ''
    }
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'other' }))
    const otherPool = { ...vendored.vendor, userPoolId: UserPool?.Id ?? '' }
    const foreign = await user({ ...otherPool, clientId: await clientOf(otherPool.userPoolId) })
    const otherClient = { ...orders.login, clientId: await clientOf(vendored.vendor.userPoolId) }
    const forged: Record<string, string | undefined> = {
      none: undefined,
      'no token at all': 'x',
      'alg none': `${part({ alg: 'none', typ: 'JWT' })}.${payload}.`,
      'another subject': `${header}.${part({ ...claims, sub: 'somebody' })}.${signature}`,
      expired: `${header}.${part({ ...claims, exp: 1 })}.${signature}`,
      'another pool': await appLogin(foreign.login)(),
      'another app client': await appLogin(otherClient)(),
    }
    for (const [what, token] of Object.entries(forged)) {
      expect([what, (await askFor(orders.name, token)).status]).toEqual([what, 401])
      expect([what, (await askGraphql(orders.name, token)).status]).toEqual([what, 401])
    }
    expect((await askFor(orders.name, good)).status).toBe(200)
    expect((await askGraphql(orders.name, good)).body).toMatch(/"accessKeyId":"\w+"/)
  })

  it('is a request of ten megabytes, which is not looked at', async () => {
    const orders = await shared()
    const { status, body } = await askGraphql(
      orders.name,
      await orders.token(),
      `{"query":"{ ${'a '.repeat(5_000_000)}"}`,
    )
    expect([status, JSON.parse(body)]).toMatchObject([413, { errors: [{ extensions: { code: 'BodyTooLarge' } }] }])
  })

  it('is an app that asks too often, and it is told when to ask again', async () => {
    const orders = await app()
    const token = await orders.token()
    const answers: Awaited<ReturnType<typeof askFor>>[] = []
    for (let asked = 0; asked < 2 * asksPerMinute + 1; asked += 1) answers.push(await askFor(orders.name, token))
    const refused = answers.find(({ status }) => status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused?.body).toMatchObject({ title: 'App throttled' })
    expect((await ask(`/apps/${orders.name}`, token)).status).toBe(200)
  })
})
