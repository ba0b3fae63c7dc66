import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { edgeConsumer, type Logger, type Message } from '@causeway-aws/edge'
import { type AppRequest, type Apps, createApps, type Vendor } from '@causeway-aws/grants/apps'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it, vi } from 'vitest'
// @boundaries-ignore how a user logs in
import { appLogin } from '../../packages/auth/src/app-login.ts'
import { causeway } from '../causeway.ts'
import { root, testSandbox, variablesOf } from '../sandbox.ts'
import { type EchoStreamNode, vendedNode } from './echostream/node.ts'

/*
 * Nodes of the package echostream-node as EchoStream publishes it, which log in to our user pool by SRP, ask our vendor for
 * what they are and for credentials, and use edges of ours by them. They have no credentials of their own.
 */
const sandbox = testSandbox()
let home: ClientOptions
let apps: Apps
let vendor: Vendor
let endpoint: string
let keys: string
const bucket = 'vended-node-bodies'

beforeAll(async () => {
  home = clientOptions(await sandbox.credentials('home'))
  const deploy = (template: string, stack: string) =>
    sandbox.deploy({ template: join(root, 'infra', template), account: 'home', stack })
  await deploy('grants.yaml', 'grants')
  const { outputs } = await deploy('credentials.yaml', 'credentials')
  const { ApiId, FunctionRoleArn: roleArn = '', UserPoolId: userPoolId = '', ClientId: clientId = '' } = outputs
  endpoint = `${home.endpoint}/_aws/execute-api/${ApiId}/$default/graphql`
  vendor = { roleArn, userPoolId, clientId, boundaryArn: outputs.BoundaryArn ?? '' }
  apps = createApps({ table: 'causeway-grants', client: home })
  keys = JSON.stringify(await (await fetch(`${home.endpoint}/${userPoolId}/.well-known/jwks.json`)).json())
  await new S3Client(home).send(new CreateBucketCommand({ Bucket: bucket }))
})

const unique = () => crypto.randomUUID().slice(0, 8)

async function edge(name: string) {
  const { KeyMetadata } = await new KMSClient(home).send(new CreateKeyCommand({}))
  const QueueName = `${name}-${unique()}.fifo`
  const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' }
  const { QueueUrl: url = '' } = await new SQSClient(home).send(new CreateQueueCommand({ QueueName, Attributes }))
  return {
    name: QueueName,
    queueArn: `arn:aws:sqs:${home.region}:${accountIds.home}:${QueueName}`,
    keyArn: KeyMetadata?.Arn ?? '',
    url,
  }
}
type Edge = Awaited<ReturnType<typeof edge>>
const on = ({ queueArn, keyArn }: Edge, ...actions: ('send' | 'receive')[]) => ({ queueArn, keyArn, actions })

/** An app of a user that is called as it is, and the variables of a program that is its node. */
async function app(asked: Partial<AppRequest>) {
  const name = `node-${unique()}`
  const password = `Long-enough-${unique()}-1`
  const cognito = new CognitoIdentityProviderClient(home)
  const named = { UserPoolId: vendor.userPoolId, Username: name }
  const { User } = await cognito.send(
    new AdminCreateUserCommand({ ...named, MessageAction: 'SUPPRESS', TemporaryPassword: password }),
  )
  await cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: password, Permanent: true }))
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? ''
  await apps.create({ app: name, tenant: 'example', kind: 'external', users: [sub], vendor, ...asked })
  const variables = {
    APPSYNC_ENDPOINT: endpoint,
    AWS_ENDPOINT_URL: home.endpoint,
    AWS_REGION: home.region,
    CLIENT_ID: vendor.clientId,
    COGNITO_JWKS: keys,
    NODE: name,
    PASSWORD: password,
    TENANT: 'example',
    USER_NAME: name,
    USER_POOL_ID: vendor.userPoolId,
  }
  return { name, variables }
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

async function consumed(queueUrl: string): Promise<Message | undefined> {
  const messages: Message[] = []
  const end = new AbortController()
  const signal = AbortSignal.any([end.signal, AbortSignal.timeout(20_000)])
  const client = new SQSClient({ ...home, maxAttempts: 1 })
  await edgeConsumer({ queueUrl, client, logger: silent, messageType: 'order', signal }, async (message) => {
    messages.push(message)
    end.abort()
  })
  return messages[0]
}

const received = (node: EchoStreamNode) =>
  vi.waitFor(
    () => {
      const [message] = node.received()
      if (message === undefined) throw new Error(`It has received nothing. Its log:\n${node.logged()}`)
      return message
    },
    { timeout: 20_000 },
  )

/** What a program asks that stores by PUT, which the package's nodes do not. */
async function storageOf({ USER_NAME: userName = '', PASSWORD: password = '' }: Record<string, string>) {
  const { userPoolId, clientId } = vendor
  const client = new CognitoIdentityProviderClient(home)
  const login = {
    userPoolId,
    clientId,
    userName,
    client,
    password: { reference: 'env:PASSWORD', value: async () => password },
  }
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: await appLogin(login)(), 'content-type': 'application/json' },
    body: '{"query":"{ GetBulkDataStorage(tenant: \\"example\\", count: 1) { presignedGet presignedPut { url headers } } }"}',
  })
  const { data } = (await answer.json()) as {
    data: { GetBulkDataStorage: [{ presignedGet: string; presignedPut: { url: string; headers: string } }] }
  }
  return data.GetBulkDataStorage[0]
}

describe('a node of EchoStream that is an external app of ours', () => {
  it('is told its edges, and sends and receives by the credentials that it is given', async () => {
    const [orders, answers] = [await edge('orders'), await edge('answers')]
    const { name, variables } = await app({
      edges: [on(orders, 'send'), on(answers, 'receive')],
      node: { receives: 'answer', configuration: { currency: 'CHF' } },
    })
    await using node = await vendedNode(variables)
    expect(node.self).toEqual({
      started: name,
      app: 'ExternalApp',
      config: { currency: 'CHF' },
      receives: 'answer',
      sends: null,
      sources: { [answers.name]: expect.stringContaining(`/${answers.name}`) },
      targets: { [orders.name]: expect.stringContaining(`/${orders.name}`) },
      stopped: false,
    })

    const sent = await node.send({ body: 'order 1', group_id: 'customer-7' })
    const { trackingId } = sent
    expect(await consumed(orders.url)).toMatchObject({ body: 'order 1', groupId: 'customer-7', trackingId })

    const args = ['edge', 'send', answers.url, 'answer 1', '--type', 'answer', '--group', 'customer-7']
    expect(await causeway(args, { env: await variablesOf('home') })).toMatchObject({ code: 0 })
    expect(await received(node)).toMatchObject({ body: 'answer 1', groupId: 'customer-7', messageType: 'answer' })
    expect(node.logged()).toBe('')
  })

  it('reaches its edge no more when it is disabled, and starts as one that is stopped', async () => {
    const orders = await edge('orders')
    const { name, variables } = await app({ edges: [on(orders, 'send')] })
    await using node = await vendedNode(variables)
    await node.send({ body: 'order 1' })
    expect(await consumed(orders.url)).toMatchObject({ body: 'order 1' })

    await apps.disable(name)
    await node.send({ body: 'order 2' })
    await vi.waitFor(() => expect(node.logged()).toMatch(/AccessDenied|not authorized/), { timeout: 10_000 })
    await using again = await vendedNode(variables)
    expect(again.self.stopped).toBe(true)
  })

  it('stores what is too large for a message, and whoever has its URL gets it', async () => {
    const { keyArn } = await edge('orders')
    const place = { bucket, prefix: `orders-${unique()}/`, keyArn }
    const { variables } = await app({
      bodies: [
        { ...place, access: 'send' },
        { ...place, access: 'receive' },
      ],
    })
    await using node = await vendedNode(variables)
    const body = 'a catalogue '.repeat(100_000)
    const url = await node.store(body)
    expect(new URL(url).pathname).toContain(`${bucket}/${place.prefix}`)
    expect(await (await fetch(url)).text()).toBe(body)
    expect((await fetch(url.replace(place.prefix, 'others/'))).status).toBe(403)

    const { presignedGet, presignedPut } = await storageOf(variables)
    const stored = await fetch(presignedPut.url, {
      method: 'PUT',
      headers: JSON.parse(presignedPut.headers),
      body: gzipSync(body),
    })
    expect(stored.status).toBe(200)
    expect(await (await fetch(presignedGet)).text()).toBe(body)
  })

  it('is a Lambda node, too', async () => {
    const event = JSON.parse(await readFile(join(root, 'functions/edge-trigger/events/fifo.json'), 'utf8'))
    const orders = await edge('orders')
    const { variables } = await app({ edges: [on(orders, 'receive')], node: { receives: 'order' } })
    await using node = await vendedNode(variables, ['--lambda'])
    for (const record of event.Records) record.eventSourceARN = orders.queueArn
    expect(await node.handle(event)).toBeNull()
    expect(node.received().map(({ body }) => body)).toEqual(event.Records.map(({ body }: { body: string }) => body))
  })
})

describe('a node of EchoStream that is a cross-account app of ours', () => {
  it("uses its edges by its own account's role, and stores by credentials that it is given", async () => {
    const orders = await edge('orders')
    await new SQSClient(home).send(
      new SetQueueAttributesCommand({
        QueueUrl: orders.url,
        Attributes: {
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: {
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${accountIds.partner}:root` },
              Action: 'sqs:SendMessage',
              Resource: orders.queueArn,
            },
          }),
        },
      }),
    )
    const place = { bucket, prefix: `cross-${unique()}/`, keyArn: orders.keyArn }
    const { variables } = await app({
      kind: 'cross-account',
      partner: accountIds.partner,
      edges: [on(orders, 'send')],
      bodies: [
        { ...place, access: 'send' },
        { ...place, access: 'receive' },
      ],
    })
    await using node = await vendedNode({ ...(await variablesOf('partner')), ...variables })
    expect(node.self.app).toBe('CrossAccountApp')
    await node.send({ body: 'order 1' })
    expect(await consumed(orders.url)).toMatchObject({ body: 'order 1' })
    expect(await (await fetch(await node.store('a catalogue'))).text()).toBe('a catalogue')
  })
})

describe('a node of EchoStream does not start', () => {
  const failure = (started: Promise<EchoStreamNode>) => started.then(() => 'started', String)

  it('as an app that is not there, or is not of that user', async () => {
    const { variables } = await app({ edges: [on(await sharedEdge(), 'send')] })
    expect(await failure(vendedNode({ ...variables, NODE: 'nobody' }))).toContain('There is no app nobody of yours.')
  })

  // It asks itself for `self.auditaudit`. Leave the type out of the record: who receives from the edge knows it.
  it('that knows the type of the messages that it sends, as threading nodes of 0.3.18 are', async () => {
    const { variables } = await app({ edges: [on(await sharedEdge(), 'send')], node: { sends: 'order' } })
    expect(await failure(vendedNode(variables))).toContain("has no attribute 'auditaudit'")
  })
})

let shared: Promise<Edge> | undefined
const sharedEdge = () => {
  shared ??= edge('shared')
  return shared
}
