import type { STSClient } from '@aws-sdk/client-sts'
import { systemClock } from '@causeway-aws/auth'
import { describe, expect, it } from 'vitest'
import {
  type App,
  AppNotFound,
  AppThrottled,
  type CutRequest,
  credentialVendor,
  type VendedSession,
} from '../../src/apps/index.ts'
import { external } from './example-apps.ts'

const keys = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'the secret',
  SessionToken: 'the token',
  Expiration: new Date('2027-01-01T00:00:00Z'),
}

/** STS, which says yes and notes what it was asked. */
function vendorOf(app: Partial<App> = {}, throttled = false) {
  const asked: { name: string; input: Record<string, unknown> }[] = []
  const vended: VendedSession[] = []
  const cut: CutRequest[] = []
  const sts = {
    send: async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
      asked.push({ name: command.constructor.name, input: command.input })
      return { Credentials: keys }
    },
  } as unknown as STSClient
  const vendor = credentialVendor({
    store: {
      async get(name) {
        if (name !== external.app) throw new AppNotFound(name)
        return { app: { ...external, ...app }, by: '', at: '', what: '' }
      },
    },
    sts,
    throttle: {
      async count(name) {
        if (throttled) throw new AppThrottled(name, 7)
      },
    },
    cutThrottle: { async count() {} },
    async cut(request) {
      cut.push(request)
      return { app: request.app, ...(request.session ? { session: request.session } : { before: request.before }) }
    },
    clock: { ...systemClock, now: () => Date.parse('2026-11-23T01:00:00.500Z') },
    onVended: (session) => vended.push(session),
  })
  return { vendor, asked, vended, cut }
}

const holder = { subject: 'user-1', idToken: 'id.token.signature' }

describe('the credential vendor', () => {
  it("has its own role assume the app's, narrowed and named, for an hour at most", async () => {
    const { vendor, asked } = vendorOf()
    const { session } = await vendor.vend('orders', holder)
    expect(session).toMatch(/^orders-[0-9a-f]{16}$/)
    expect(asked).toEqual([
      {
        name: 'AssumeRoleCommand',
        input: {
          RoleArn: external.roleArn,
          RoleSessionName: session,
          SourceIdentity: session,
          DurationSeconds: 3_600,
          Policy: expect.stringContaining('orders.fifo'),
          Tags: [
            { Key: 'causeway:app', Value: 'orders' },
            { Key: 'causeway:tenant', Value: 'example' },
          ],
        },
      },
    ])
  })

  it("asks by the user's own token for longer, since a role that assumes another gets an hour", async () => {
    const { vendor, asked } = vendorOf()
    await vendor.vend('orders', holder, { duration: 43_200 })
    expect(asked).toMatchObject([
      {
        name: 'AssumeRoleWithWebIdentityCommand',
        input: { WebIdentityToken: holder.idToken, DurationSeconds: 43_200, Policy: expect.any(String) },
      },
    ])
  })

  it('gives no more than an hour for an access token, which STS would not take', async () => {
    const { vendor, asked } = vendorOf()
    const holder = { subject: 'user-1' }
    await expect(vendor.vend('orders', holder, { duration: 3_601 })).rejects.toMatchObject({ code: 'IdTokenNeeded' })
    await vendor.vend('orders', holder, { duration: 3_600 })
    expect(asked.map(({ name }) => name)).toEqual(['AssumeRoleCommand'])
  })

  it('tells who has been given what, and none of the keys', async () => {
    const { vendor, vended } = vendorOf()
    const { session } = await vendor.vend('orders', holder, { duration: 900 })
    expect(vended).toEqual([
      {
        app: 'orders',
        tenant: 'example',
        subject: 'user-1',
        session,
        duration: 900,
        policyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ])
  })

  it.each([899, 43_201, 3_600.5, Number.NaN])('refuses a session of %d s, and names the range', async (duration) => {
    const { vendor, asked } = vendorOf()
    await expect(vendor.vend('orders', holder, { duration })).rejects.toThrow(/from 900 to 43200/)
    expect(asked).toEqual([])
  })

  it("refuses what is longer than the app's own limit", async () => {
    const { vendor } = vendorOf({ maxDuration: 1_800 })
    await expect(vendor.vend('orders', holder, { duration: 3_600 })).rejects.toThrow(/from 900 to 1800/)
    await expect(vendor.vend('orders', holder)).resolves.toBeDefined()
  })

  it('says the same of an app that is not there, and of one that is another user’s', async () => {
    const { vendor } = vendorOf()
    const said = (name: string, subject: string) =>
      vendor.vend(name, { ...holder, subject }).catch(({ code, message }: AppNotFound) => [code, message])
    expect(await said('orders', 'user-2')).toEqual(['AppNotFound', 'There is no app orders of yours.'])
    expect(await said('invoices', 'user-1')).toEqual(['AppNotFound', 'There is no app invoices of yours.'])
  })

  it.each(['disabling', 'disabled'] as const)('gives an app that is %s nothing', async (state) => {
    const { vendor, asked } = vendorOf({ state })
    await expect(vendor.vend('orders', holder)).rejects.toMatchObject({ code: 'AppDisabled' })
    expect(asked).toEqual([])
  })

  it('asks STS for nothing where the app asks too often', async () => {
    const { vendor, asked } = vendorOf({}, true)
    await expect(vendor.vend('orders', holder)).rejects.toMatchObject({ code: 'AppThrottled', retryAfter: 7 })
    expect(asked).toEqual([])
  })

  it('gives nothing to an app that has nothing but edges of its own role', async () => {
    const { vendor } = vendorOf({ kind: 'cross-account', bodies: [], audit: undefined, table: undefined })
    await expect(vendor.vend('orders', holder)).rejects.toMatchObject({ code: 'NothingToVend' })
  })

  it('gives sessions while the role of an app does not follow its record yet', async () => {
    await expect(vendorOf({ state: 'changing' }).vendor.vend('orders', holder)).resolves.toBeDefined()
  })

  it('has all sessions cut that were issued until now, or one, also where credentials are asked for too often', async () => {
    const { vendor, cut, asked } = vendorOf({}, true)
    expect(await vendor.cutSessions('orders', holder)).toEqual({
      app: 'orders',
      before: '2026-11-23T01:00:00.500Z',
      delay: expect.stringMatching(/"It might take a few minutes .*"/),
    })
    await vendor.cutSessions('orders', holder, { session: 'orders-1' })
    expect(cut).toEqual([
      { app: 'orders', before: '2026-11-23T01:00:00.500Z', by: 'user-1' },
      { app: 'orders', session: 'orders-1', before: '2026-11-23T01:00:00.500Z', by: 'user-1' },
    ])
    expect(asked).toEqual([])
  })

  it.each([
    ['AppNotFound', {}, { ...holder, subject: 'user-2' }, undefined],
    ['AppDisabled', { state: 'disabled' }, holder, undefined],
    ['NothingToVend', { roleArn: undefined }, holder, undefined],
    ['SessionRefused', {}, holder, 'orders-*'],
    ['SessionRefused', {}, holder, ''],
  ] as const)('cuts nothing, with %s', async (code, app, who, session) => {
    const { vendor, cut } = vendorOf(app)
    await expect(vendor.cutSessions('orders', who, { session })).rejects.toMatchObject({ code })
    expect(cut).toEqual([])
  })
})
