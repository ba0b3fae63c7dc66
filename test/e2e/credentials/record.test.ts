import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { PolicyDocument } from '@causeway-aws/auth'
import { AppConflict, type Apps, createApps, iamPolicy } from '@causeway-aws/grants/apps'
import type { ClientOptions } from '@causeway-aws/sandbox'
import { describe, expect, it } from 'vitest'
// @boundaries-ignore how a user logs in
import { appLogin } from '../../../packages/auth/src/app-login.ts'
import { type TestVendor, testVendor } from './vendor.ts'

const vendored = testVendor()
const { app, user, send, askFor } = vendored

describe('the record of an app', () => {
  it('is made once, and its role is taken over only from a creation that was cut off', async () => {
    const { name, made } = await app()
    const { tenant, kind, users, edges: own, vendor } = made
    const again = { app: name, tenant, kind, users, edges: own, vendor }
    await expect(vendored.apps.create(again)).rejects.toMatchObject({ code: 'AppExists' })
  })
})

describe('what is changed of an app', () => {
  const roleOf = async (name: string) => {
    const iam = new IAMClient(vendored.home)
    const RoleName = `causeway-app-${name}`
    const [{ Role }, use] = [
      await iam.send(new GetRoleCommand({ RoleName })),
      await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'use' })),
    ]
    return {
      boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      trust: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''),
      use: JSON.parse(decodeURIComponent(use.PolicyDocument ?? '')),
    }
  }
  const edge = ({ queueArn, keyArn }: TestVendor['edges']['orders']) => [
    { queueArn, keyArn, actions: ['send'] as const },
  ]

  it('is what it may do from its next session on, and what its role has', async () => {
    const orders = await app()
    const { invoices } = vendored.edges
    const before = orders.credentials()
    await send(vendored.edges.orders.url, before)
    const { app: changed } = await vendored.apps.change(orders.name, { edges: edge(invoices) })
    expect(changed).toMatchObject({ state: 'active', version: 3 })
    const after = orders.credentials()
    await expect(send(invoices.url, after)).resolves.toBeDefined()
    for (const credentials of [before, after]) {
      await expect(send(vendored.edges.orders.url, credentials)).rejects.toThrow(/not authorized/)
    }
    expect(await roleOf(orders.name)).toMatchObject({
      use: iamPolicy(changed),
      boundary: vendored.vendor.boundaryArn,
    })
  })

  it('is whose it is: the role trusts the tokens of those users that are on record', async () => {
    const [orders, other] = [await app({ maxDuration: 43_200 }), await user()]
    const token = await appLogin(other.login)()
    expect((await askFor(orders.name, token)).status).toBe(404)
    await vendored.apps.change(orders.name, { users: [other.sub] })
    expect((await askFor(orders.name, token)).status).toBe(200)
    expect((await askFor(orders.name, await orders.token())).status).toBe(404)
    const { trust } = await roleOf(orders.name)
    expect([trust.includes(other.sub), trust.includes(orders.made.users[0] ?? '')]).toEqual([true, false])
  })

  it('is refused in a sentence where no app can have it, and nothing is written', async () => {
    const { name } = await app()
    const change = (changes: object) => vendored.apps.change(name, changes)
    await expect(change({ edges: [] })).rejects.toThrow(/an app needs something that it uses/)
    await expect(change({ maxDuration: 60 })).rejects.toThrow(/must be 900 to 43200 seconds/)
    await expect(change({ tenant: 'other' })).rejects.toThrow(/tenant/)
    await expect(change({ state: 'disabled' })).rejects.toThrow(/`causeway app disable` ends an app/)
    const [elsewhere] = edge({ ...vendored.edges.orders, queueArn: 'arn:aws:sqs:eu-central-2:222222222222:orders' })
    await expect(change({ edges: [elsewhere] })).rejects.toThrow(/must be of your own account/)
    expect(await vendored.apps.history(name)).toHaveLength(1)
  })

  it('comes to the same when it is killed after each thing that it does, and done again', async () => {
    const { name } = await app()
    let writes = 0
    for (let lived = 0; writes >= lived - 1; lived += 1) {
      const target = vendored.edges[lived % 2 === 0 ? 'invoices' : 'orders']
      const changes = { edges: edge(target), maxDuration: 43_200 - lived }
      writes = 0
      const change = killedAfter(lived, () => {
        writes += 1
      }).change(name, changes)
      await change.catch((error: Error) => expect(error.message).toBe('killed'))
      const { app: changed } = await vendored.apps.change(name, changes)
      expect(changed).toMatchObject({ state: 'active', ...changes })
      const { use, trust } = await roleOf(name)
      expect(use).toEqual(iamPolicy(changed))
      expect(trust).toContain('AssumeRoleWithWebIdentity')
      expect(JSON.stringify(use)).toContain(target.queueArn)
    }
    // Record, role that there is already, its trust, boundary, duration and policy, record.
    expect(writes).toBe(7)
  })

  /** Apps whose every further change of a record or a role fails after so many. */
  function killedAfter(lived: number, onWrite: () => void): Apps {
    let done = 0
    return createApps({
      table: 'causeway-grants',
      client: vendored.home,
      onClient(client) {
        const stack = client.middlewareStack as IAMClient['middlewareStack']
        stack.add(
          (next, { commandName = '' }) =>
            async (args) => {
              if (/^(GetItem|GetRole|GetCallerIdentity|Query)Command$/.test(commandName)) return next(args)
              if (done === lived) throw new Error('killed')
              done += 1
              onWrite()
              return next(args)
            },
          { step: 'initialize' },
        )
        return client
      },
    })
  }

  it('is what one of two says who change it at once, and the other is told what is different', async () => {
    const { name, made } = await app()
    const tried = await Promise.allSettled(
      [3_600, 1_800].map((maxDuration) =>
        vendored.apps.change(name, { maxDuration, edges: edge(vendored.edges.orders) }, { version: made.version }),
      ),
    )
    const [lost] = tried.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(tried.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(lost).toBeInstanceOf(AppConflict)
    expect(lost.changed).toContain('edges')
    const newest = await vendored.apps.get(name)
    expect(newest.app.state).toBe('active')
    expect((await roleOf(name)).use).toEqual(iamPolicy(newest.app))
    await expect(vendored.apps.change(name, { maxDuration: 900 }, { version: made.version })).rejects.toThrow(
      /was changed by arn:aws:iam::111111111111:user\/administrator at .* \(changed; version 1 is 3 now\): .*edges/,
    )
  })

  it('does not open the role of an app that somebody disables meanwhile', async () => {
    const { name } = await app()
    let isFirst = true
    const overtaken = createApps({
      table: 'causeway-grants',
      client: vendored.home,
      onClient(client) {
        const stack = client.middlewareStack as IAMClient['middlewareStack']
        stack.add(
          (next, { commandName }) =>
            async (args) => {
              if (commandName !== 'CreateRoleCommand' || !isFirst) return next(args)
              isFirst = false
              await vendored.apps.disable(name)
              return next(args)
            },
          { step: 'initialize' },
        )
        return client
      },
    })
    await expect(overtaken.change(name, { maxDuration: 43_200 })).rejects.toThrow(/state changing -> disabled/)
    expect((await vendored.apps.get(name)).app.state).toBe('disabled')
    expect((await roleOf(name)).trust).toContain('"Sid":"Disabled"')
  })

  it('is not begun of an app that is half disabled', async () => {
    const { name } = await app()
    const broken = killedAfter(1, () => {})
    await expect(broken.disable(name)).rejects.toThrow('killed')
    await expect(vendored.apps.change(name, { state: 'active' })).rejects.toThrow(/Disable it to the end first/)
  })
})

describe('a record of an app that Causeway has not written so', () => {
  it.each(['{', '{}'])('is told as one: %s', async (text) => {
    const key = { pk: { S: 'app' }, sk: { S: 'unreadable' } }
    const dynamodb = new DynamoDBClient(vendored.home)
    const Item = { ...key, version: { N: '1' }, record: { S: text } }
    await dynamodb.send(new PutItemCommand({ TableName: 'causeway-grants', Item }))
    const sentence = 'The record app unreadable of the table causeway-grants is not as this Causeway writes it'
    await expect(vendored.apps.get('unreadable')).rejects.toThrow(sentence)
    await expect(vendored.apps.list()).rejects.toThrow(sentence)
    await dynamodb.send(new DeleteItemCommand({ TableName: 'causeway-grants', Key: key }))
  })
})

describe("an app's role", () => {
  /** What the app does with what, each by a statement of its policy of its own. */
  const uses = {
    'sqs:SendMessage': (options: ClientOptions) =>
      new SQSClient(options).send(
        new SendMessageCommand({ QueueUrl: vendored.edges.orders.url, MessageBody: 'order 1' }),
      ),
    'sqs:ReceiveMessage': (options: ClientOptions) =>
      new SQSClient(options).send(new ReceiveMessageCommand({ QueueUrl: vendored.edges.orders.url })),
    's3:PutObject': (options: ClientOptions) =>
      new S3Client(options).send(new PutObjectCommand({ Bucket: 'vended-bodies', Key: 'orders/1', Body: 'order 1' })),
    's3:GetObject': (options: ClientOptions) =>
      new S3Client(options).send(new GetObjectCommand({ Bucket: 'vended-bodies', Key: 'orders/1' })),
  }

  it('needs each statement of its policy: without one, what that allows is refused, and all else works', async () => {
    const { keyArn } = vendored.edges.orders
    const bodies = { bucket: 'vended-bodies', prefix: 'orders/', keyArn }
    const orders = await app({
      bodies: [
        { ...bodies, access: 'send' },
        { ...bodies, access: 'receive' },
      ],
    })
    const credentials = orders.credentials()
    const { Statement } = iamPolicy(orders.made) as PolicyDocument
    const allowed = async () => {
      const tried: string[] = []
      for (const [action, use] of Object.entries(uses)) {
        await use({ ...vendored.home, credentials } as unknown as ClientOptions).then(
          () => tried.push(action),
          (error: Error) => expect(error.message).toMatch(/not authorized|Access Denied|AccessDenied/),
        )
      }
      return tried
    }
    const put = (statements: readonly object[]) =>
      new IAMClient(vendored.home).send(
        new PutRolePolicyCommand({
          RoleName: `causeway-app-${orders.name}`,
          PolicyName: 'use',
          PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
        }),
      )
    expect(await allowed()).toEqual(Object.keys(uses))
    let byKms = 0
    for (const without of Statement) {
      await put(Statement.filter((statement) => statement !== without))
      const actions = [without.Action].flat()
      // The emulator asks nobody for a right to a key that SQS and S3 use: the policy's own test has that.
      if (actions.some((action) => action.startsWith('kms:'))) byKms += 1
      else expect(await allowed()).toEqual(Object.keys(uses).filter((action) => !actions.includes(action)))
    }
    expect([Statement.length, byKms]).toEqual([6, 2])
  })
})
