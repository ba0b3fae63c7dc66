import { setTimeout as sleep } from 'node:timers/promises'
import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { type CredentialProvider, systemClock } from '@causeway-aws/auth'
import { createApps } from '@causeway-aws/grants/apps'
import { describe, expect, it } from 'vitest'
import { testSandbox } from '../../sandbox.ts'
import { testVendor } from './vendor.ts'

const vendored = testVendor()
const { app, send, ask, askFor, askGraphql } = vendored

describe('an app that is disabled', () => {
  it('is given nothing by a token that is still good, and its live session is cut', async () => {
    const orders = await app({ maxDuration: 43_200 })
    const token = await orders.token()
    const [short, long] = [orders.credentials(), orders.credentials(43_200)]
    for (const credentials of [short, long]) await send(vendored.edges.orders.url, credentials)
    const { app: disabled } = await vendored.apps.disable(orders.name)
    expect(disabled.state).toBe('disabled')
    for (const body of ['{}', '{"durationSeconds":43200}']) {
      expect(await askFor(orders.name, token, body)).toMatchObject({ status: 403, body: { title: 'App disabled' } })
    }
    expect((await askGraphql(orders.name, token)).body).toContain('"code":"AppDisabled"')
    for (const credentials of [short, long]) {
      await expect(send(vendored.edges.orders.url, credentials)).rejects.toThrow(/not authorized|explicit deny/)
    }
    expect((await vendored.apps.history(orders.name)).map(({ what }) => what)).toEqual([
      'create',
      'disable',
      'disabled',
    ])
    // Its role may have been opened since, by whoever was killed as it changed the app: what was given then is denied, too.
    const clock = { ...systemClock, now: () => Date.now() + 3_600_000 }
    const later = createApps({ table: 'causeway-grants', client: vendored.home, clock })
    const deniedUntil = async () => Date.parse((await vendored.apps.cuts(orders.name))?.before ?? '')
    const before = await deniedUntil()
    await expect(later.disable(orders.name)).resolves.toMatchObject({ done: ['It was disabled before.'] })
    expect((await deniedUntil()) - before).toBeGreaterThan(3_500_000)
  })

  it('is disabled the whole way by whoever goes on where that was cut off', async () => {
    const orders = await app()
    const broken = createApps({
      table: 'causeway-grants',
      client: vendored.home,
      onClient(client) {
        const made: unknown = client
        if (made instanceof IAMClient) {
          made.middlewareStack.add(() => () => Promise.reject(new Error('killed')), { step: 'initialize' })
        }
        return client
      },
    })
    await expect(broken.disable(orders.name)).rejects.toThrow('killed')
    expect((await askFor(orders.name, await orders.token())).status).toBe(403)
    await expect(vendored.apps.disable(orders.name)).resolves.toMatchObject({ app: { state: 'disabled' } })
    const { Role } = await new IAMClient(vendored.home).send(
      new GetRoleCommand({ RoleName: `causeway-app-${orders.name}` }),
    )
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toContain('Disabled')
  })

  it('is disabled also where its role is gone, and with it every session', async () => {
    const { name } = await app()
    const iam = new IAMClient(vendored.home)
    const RoleName = `causeway-app-${name}`
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'use' }))
    await iam.send(new DeleteRoleCommand({ RoleName }))
    const { app: disabled, done } = await vendored.apps.disable(name)
    expect([disabled.state, done]).toEqual(['disabled', ['It is given no credentials from now on.']])
  })

  it('is enabled again: what it was issued before stays denied, and what it is issued then is good', async () => {
    const orders = await app()
    const before = orders.credentials()
    await send(vendored.edges.orders.url, before)
    // What is issued in the five minutes after is denied, too, so this was almost five minutes ago.
    const clock = { ...systemClock, now: () => Date.now() - 299_000 }
    await createApps({ table: 'causeway-grants', client: vendored.home, clock }).disable(orders.name)
    await expect(vendored.apps.change(orders.name, { maxDuration: 900 })).resolves.toMatchObject({
      app: { state: 'disabled' },
    })
    expect((await askFor(orders.name, await orders.token())).status).toBe(403)
    const { app: enabled, done } = await vendored.apps.change(orders.name, { state: 'active' })
    expect(enabled.state).toBe('active')
    const denied = done.join(' ').match(/All that is issued to it before (\S+) stays denied\./)?.[1] ?? ''
    await sleep(Math.max(0, Date.parse(denied) - Date.now()))
    await expect(send(vendored.edges.orders.url, before)).rejects.toThrow(/not authorized|explicit deny/)
    await expect(send(vendored.edges.orders.url, orders.credentials())).resolves.toBeDefined()
    expect((await vendored.apps.history(orders.name)).map(({ what }) => what)).toEqual([
      'create',
      'disable',
      'disabled',
      'change maxDuration',
      'change state',
      'enabled',
    ])
  })
})

describe('sessions of an app', () => {
  const cut = (name: string, token: string, query = '') =>
    ask(`/apps/${name}/sessions${query}`, token, { method: 'DELETE' })
  const nameOf = async (credentials: CredentialProvider) => {
    const { Arn = '' } = await new STSClient({ ...vendored.home, credentials }).send(new GetCallerIdentityCommand())
    return Arn.split('/').at(-1) ?? ''
  }
  const refused = /not authorized|explicit deny/

  it.each(['the app itself', 'an administrator'])('are cut one by one by %s, while another goes on', async (who) => {
    const orders = await app({ maxDuration: 43_200 })
    // One that the vendor's role was given, one that the user's own token was.
    for (const duration of [3_600, 43_200]) {
      const [ended, other] = [orders.credentials(duration), orders.credentials(duration)]
      for (const credentials of [ended, other]) await send(vendored.edges.orders.url, credentials)
      const session = await nameOf(ended)
      if (who === 'an administrator') {
        const { done } = await vendored.apps.cut(orders.name, session)
        expect(done).toEqual([expect.stringMatching(`to the session ${session}\\. AWS says of it: "It might take`)])
      } else {
        const answer = await cut(orders.name, await orders.token(), `?session=${session}`)
        expect(answer).toMatchObject({ status: 200, body: { app: orders.name, session } })
        expect(answer.body.delay).toContain('https://docs.aws.amazon.com/IAM/')
      }
      await expect(send(vendored.edges.orders.url, ended)).rejects.toThrow(refused)
      await expect(send(vendored.edges.orders.url, other)).resolves.toBeDefined()
    }
  })

  it('are cut all at once, and the app goes on with a new one', async () => {
    const [orders, others] = [await app(), await app()]
    const [ended, theirs] = [orders.credentials(), others.credentials()]
    for (const credentials of [ended, theirs]) await send(vendored.edges.orders.url, credentials)
    const token = await orders.token()
    const asked = performance.now()
    const { status, body } = await cut(orders.name, token)
    // What comes to that is AWS's, and not to be measured here.
    process.stdout.write(`sessions cut: ${Math.round(performance.now() - asked)} ms until the policy is written\n`)
    expect(status).toBe(200)
    await expect(send(vendored.edges.orders.url, ended)).rejects.toThrow(refused)
    await sleep(Math.max(0, Date.parse(`${body.before}`) - Date.now()))
    await expect(send(vendored.edges.orders.url, orders.credentials())).resolves.toBeDefined()
    await expect(send(vendored.edges.orders.url, theirs)).resolves.toBeDefined()
  })

  it('are cut in a log that says who has asked, and no token', async () => {
    const orders = await app()
    const token = await orders.token()
    const since = new Date()
    await cut(orders.name, token, '?session=orders-1')
    const subject = orders.made.users[0]
    for (const [functionName, who] of [
      ['causeway-credentials', { subject }],
      ['causeway-credentials-revocation', { by: subject }],
    ] as const) {
      const lines: string[] = []
      const logged = testSandbox().logs(functionName, {
        account: 'home',
        since,
        follow: true,
        signal: AbortSignal.timeout(30_000),
      })
      for await (const { message } of logged) {
        lines.push(message)
        if (message.includes('sessions cut') && message.includes(orders.name)) break
      }
      expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ app: orders.name, session: 'orders-1', ...who })
      expect(lines.join('')).not.toContain(token)
    }
  })

  it('are not cut by a user of another app, of a disabled one, or by a query that is not understood', async () => {
    const [orders, others] = [await app(), await app()]
    const [token, credentials] = [await orders.token(), orders.credentials()]
    expect(await cut(orders.name, await others.token())).toMatchObject({
      status: 404,
      body: { title: 'App not found' },
    })
    for (const query of ['?sessions=orders-1', '?session=a&session=b', '?session=*', '?session=']) {
      expect([query, (await cut(orders.name, token, query)).status]).toEqual([query, 400])
    }
    await expect(send(vendored.edges.orders.url, credentials)).resolves.toBeDefined()
    expect(await vendored.apps.cuts(orders.name)).toBeUndefined()
    await vendored.apps.disable(orders.name)
    expect(await cut(orders.name, token)).toMatchObject({ status: 403, body: { title: 'App disabled' } })
  })

  it('are not cut more often than ten times in a minute, which is counted by itself', async () => {
    const orders = await app()
    const token = await orders.token()
    const answers: number[] = []
    for (let asked = 0; asked < 21; asked += 1)
      answers.push((await cut(orders.name, token, '?session=orders-1')).status)
    expect(answers).toContain(429)
    expect((await askFor(orders.name, token)).status).toBe(200)
  })

  it('are all cut when many cut one each at once: none is forgotten', async () => {
    const { name } = await app()
    const sessions = Array.from({ length: 8 }, (_, index) => `${name}-${index}`)
    await Promise.all(sessions.map((session) => vendored.apps.cut(name, session)))
    expect((await vendored.apps.cuts(name))?.sessions.map(({ session }) => session).toSorted()).toEqual(sessions)
    const asked = new GetRolePolicyCommand({ RoleName: `causeway-app-${name}`, PolicyName: 'cut' })
    const { PolicyDocument = '' } = await new IAMClient(vendored.home).send(asked)
    const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument))
    expect(Statement[0].Condition.StringEquals['aws:SourceIdentity'].toSorted()).toEqual(sessions)
  })
})
