import { join } from 'node:path'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, createMessage, edgeConsumer, type Logger, type Message } from '@causeway-aws/edge'
import { type AppRequest, type Apps, createApps, type Vendor } from '@causeway-aws/grants/apps'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'
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

beforeAll(async () => {
  home = clientOptions(await sandbox.credentials('home'))
  const deploy = (template: string, stack: string) =>
    sandbox.deploy({ template: join(root, 'infra', template), account: 'home', stack })
  await deploy('grants.yaml', 'grants')
  const { outputs } = await deploy('credentials.yaml', 'credentials')
  const { ApiId, FunctionRoleArn: roleArn = '', UserPoolId: userPoolId = '', ClientId: clientId = '' } = outputs
  endpoint = `${home.endpoint}/_aws/execute-api/${ApiId}/$default/graphql`
  vendor = { roleArn, userPoolId, clientId }
  apps = createApps({ table: 'causeway-grants', client: home })
  keys = JSON.stringify(await (await fetch(`${home.endpoint}/${userPoolId}/.well-known/jwks.json`)).json())
  await new S3Client(home).send(new CreateBucketCommand({ Bucket: 'vended-node-bodies' }))
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

describe('a node of EchoStream that is an external app of ours', () => {
  it('is told its edges, and sends and receives by the credentials that it is given', async () => {
    const [orders, answers] = [await edge('orders'), await edge('answers')]
    const { name, variables } = await app({
      edges: [on(orders, 'send'), on(answers, 'receive')],
      node: { receives: 'answer', configuration: { currency: 'CHF' } },
    })
    await using node = await vendedNode(variables)
    expect(node.self).toMatchObject({
      started: name,
      app: 'ExternalApp',
      config: { currency: 'CHF' },
      receives: 'answer',
    })
    expect(Object.keys(node.self.targets)).toEqual([orders.name])
    expect(Object.keys(node.self.sources)).toEqual([answers.name])

    const sent = await node.send({ body: 'order 1', group_id: 'customer-7' })
    expect(await consumed(orders.url)).toMatchObject({
      body: 'order 1',
      groupId: 'customer-7',
      trackingId: sent.trackingId,
    })

    const client = new SQSClient(home)
    await createEdge({ queueUrl: answers.url, client }).send([createMessage({ type: 'answer', body: 'answer 1' })])
    expect(await received(node)).toMatchObject({ body: 'answer 1', messageType: 'answer' })
    expect(node.logged()).toBe('')
  })
})
