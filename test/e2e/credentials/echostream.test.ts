import { appCredentials } from '@causeway-aws/auth'
import { describe, expect, it } from 'vitest'
import { testVendor } from './vendor.ts'

const vendored = testVendor()
const { app, user, send } = vendored

/** Who asks as EchoStream's own client does: by GraphQL, with the access token alone. */
async function asEchostream(options: Partial<Parameters<typeof appCredentials>[0]> = {}) {
  const orders = await app()
  const { name, login } = orders
  const given = { endpoint: `${vendored.endpoint}/graphql`, app: name, tenant: 'example', login, onWarning: () => {} }
  return { orders, credentials: appCredentials({ ...given, ...options }) }
}

describe('credentials of an app of EchoStream', () => {
  it('come by GraphQL, and reach what is the app’s and nothing else', async () => {
    const { credentials } = await asEchostream()
    await expect(send(vendored.edges.orders.url, credentials)).resolves.toBeDefined()
    await expect(send(vendored.edges.invoices.url, credentials)).rejects.toThrow(/not authorized to perform/)
    expect(await credentials()).toBe(await credentials())
  })

  it('last as long as is asked for', async () => {
    const { credentials } = await asEchostream({ duration: 900 })
    const asked = Date.now()
    expect((((await credentials()).expiration?.getTime() ?? 0) - asked) / 1_000).toBeCloseTo(900, -1)
  })

  it('are refused with what the vendor says of it', async () => {
    const { login } = await user()
    const { credentials: ofNobody } = await asEchostream({ login })
    await expect(ofNobody()).rejects.toMatchObject({ code: 'VendorRefused', retryable: false })
    const { credentials: ofOther } = await asEchostream({ tenant: 'another' })
    await expect(ofOther()).rejects.toThrow(/There is no app orders-\w+ of yours\.$/)
    const { credentials: unknown } = await asEchostream({ login: undefined, tokens: async () => 'no-token' } as object)
    await expect(unknown()).rejects.toMatchObject({ code: 'VendorRefused', status: 401 })
    const { orders, credentials: disabled } = await asEchostream()
    await vendored.apps.disable(orders.name)
    await expect(disabled()).rejects.toThrow('is disabled, and is given no credentials')
  })
})
