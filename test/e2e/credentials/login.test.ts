import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { systemClock } from '@causeway-aws/auth'
import { iamPolicy } from '@causeway-aws/grants/apps'
import { describe, expect, it } from 'vitest'
// @boundaries-ignore how a user logs in
import { appLogin } from '../../../packages/auth/src/app-login.ts'
import { passwordOf, testVendor } from './vendor.ts'

const vendored = testVendor()
const { user, app, send, ask } = vendored

describe('an external app', () => {
  it('logs in by SRP, and reaches its own edge and no other', async () => {
    const orders = await app()
    const credentials = orders.credentials()
    await expect(send(vendored.edges.orders.url, credentials)).resolves.toBeDefined()
    await expect(send(vendored.edges.invoices.url, credentials)).rejects.toThrow(
      /not authorized to perform: sqs:SendMessage/,
    )
    const { Arn } = await new STSClient({ ...vendored.home, credentials }).send(new GetCallerIdentityCommand())
    expect(Arn).toContain(`assumed-role/causeway-app-${orders.name}/${orders.name}-`)
  })

  it.each([900, 3_600, 43_200])('is given a session of %d s', async (duration) => {
    const orders = await app({ maxDuration: 43_200 })
    const asked = Date.now()
    const { expiration } = await orders.credentials(duration)()
    expect(((expiration?.getTime() ?? 0) - asked) / 1_000).toBeCloseTo(duration, -1)
  })

  it('with sessions of 900 s asks once, however often the SDK uses them', async () => {
    const orders = await app()
    const credentials = orders.credentials(900)
    for (let use = 0; use < 5; use += 1) await send(vendored.edges.orders.url, credentials)
    const [first, second] = [await credentials(), await credentials()]
    expect(first.accessKeyId).toBe(second.accessKeyId)
  })

  it('logs in once by its password, and by the refresh token from then on', async () => {
    const { login } = await user()
    const flows: unknown[] = []
    login.client?.middlewareStack.add(
      (next) => (args) => {
        flows.push('AuthFlow' in args.input ? args.input.AuthFlow : 'challenge')
        return next(args)
      },
      { step: 'initialize' },
    )
    let later = 0
    const token = appLogin({ ...login, clock: { ...systemClock, now: () => Date.now() + later } })
    const first = await token()
    expect(await token()).toBe(first)
    later = 3_600_000
    expect(await token()).not.toBe(first)
    expect(flows).toEqual(['USER_SRP_AUTH', 'challenge', 'REFRESH_TOKEN_AUTH'])
  })

  it('does not hold a token for longer where the clock is set back', async () => {
    const { login } = await user()
    let [back, passed] = [0, 0]
    const clock = { now: () => Date.now() - back, monotonic: () => systemClock.monotonic() + passed }
    const token = appLogin({ ...login, clock })
    const first = await token()
    back = 7_200_000
    expect(await token()).toBe(first)
    passed = 3_600_000
    expect(await token()).not.toBe(first)
  })

  it('is not let in by a wrong password', async () => {
    const { login } = await user()
    const wrong = { ...login, password: passwordOf('Wrong-password-of-all-1') }
    await expect(appLogin(wrong)()).rejects.toMatchObject({ code: 'LoginRefused' })
  })

  it('is told what it may use, and what its role needs', async () => {
    const orders = await app()
    const token = await orders.token()
    const { body } = await ask(`/apps/${orders.name}`, token)
    expect(body).toMatchObject({
      app: orders.name,
      state: 'active',
      edges: [{ queueArn: vendored.edges.orders.queueArn }],
    })
    expect(JSON.stringify(body)).not.toContain('users')
    expect((await ask(`/apps/${orders.name}/iam-policy`, token)).body).toEqual(iamPolicy(orders.made))
  })
})
