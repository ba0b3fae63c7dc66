import { join } from 'node:path'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { appCredentials, type CredentialProvider, type Secret } from '@causeway-aws/auth'
import { type App, type AppRequest, type Apps, createApps, type Vendor } from '@causeway-aws/grants/apps'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll } from 'vitest'
// @boundaries-ignore how a user logs in
import { type AppLoginOptions, appLogin } from '../../../packages/auth/src/app-login.ts'
import { root, testSandbox } from '../../sandbox.ts'

/** How often an app may ask in a minute, where the vendor is tested. */
export const asksPerMinute = 20

export const unique = (): string => crypto.randomUUID().slice(0, 8)

export const password: string = `Long-enough-${unique()}-1`

export const passwordOf = (value: string): Secret => ({ reference: 'env:APP_PASSWORD', value: async () => value })

interface TestEdge {
  queueArn: string
  keyArn: string
  url: string
}

interface TestApp {
  name: string
  made: App
  login: AppLoginOptions
  /** The ID token of its user. */
  token: () => Promise<string>
  credentials(duration?: number): CredentialProvider
}

interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

/** The vendor as it is deployed: user pool, API, authorizer, functions and their roles. */
export interface TestVendor {
  home: ClientOptions
  apps: Apps
  vendor: Vendor
  endpoint: string
  edges: Record<'orders' | 'invoices', TestEdge>
  edge(name: string): Promise<TestEdge>
  /** A user of a user pool, made as an administrator makes it. */
  user(pool?: Pick<Vendor, 'userPoolId' | 'clientId'>): Promise<{ sub: string; login: AppLoginOptions }>
  /** An app of a user of its own, which sends to and receives from the edge `orders`. */
  app(asked?: Partial<AppRequest>): Promise<TestApp>
  send(url: string, credentials: CredentialProvider): Promise<unknown>
  /** A request as any program makes it. */
  ask(path: string, token: string | undefined, init?: RequestInit): Promise<Answer>
  askFor(name: string, token: string | undefined, body?: string): Promise<Answer>
  /** The same by the other entry, in the way of EchoStream's clients: the token alone. */
  askGraphql(name: string, token: string | undefined, body?: string): Promise<{ status: number; body: string }>
}

/** Deploys it before the tests of a file; it is there from the first of them on. */
export function testVendor(): TestVendor {
  const made = {} as TestVendor
  const client = <Client>(of: new (options: ClientOptions) => Client): Client => new of(made.home)

  beforeAll(async () => {
    const sandbox = testSandbox()
    made.home = clientOptions(await sandbox.credentials('home'))
    const deploy = (template: string, stack: string, parameters: Record<string, string> = {}) =>
      sandbox.deploy({ template: join(root, 'infra', template), account: 'home', stack, parameters })
    await deploy('grants.yaml', 'grants')
    const { outputs } = await deploy('credentials.yaml', 'credentials', { AsksPerMinute: String(asksPerMinute) })
    const { ApiId, FunctionRoleArn: roleArn = '', UserPoolId: userPoolId = '', ClientId: clientId = '' } = outputs
    made.endpoint = `${made.home.endpoint}/_aws/execute-api/${ApiId}/$default`
    made.vendor = { roleArn, userPoolId, clientId, boundaryArn: outputs.BoundaryArn ?? '' }
    made.apps = createApps({ table: 'causeway-grants', client: made.home })
    made.edges = { orders: await made.edge('orders'), invoices: await made.edge('invoices') }
    const bucket = client(S3Client).send(new CreateBucketCommand({ Bucket: 'vended-bodies' }))
    await bucket.catch((error: Error) => {
      if (error.name !== 'BucketAlreadyOwnedByYou') throw error // by another file of these tests
    })
  })

  return Object.assign(made, {
    async edge(name: string) {
      const { KeyMetadata } = await client(KMSClient).send(new CreateKeyCommand({}))
      const QueueName = `${name}-${unique()}`
      const { QueueUrl: url = '' } = await client(SQSClient).send(new CreateQueueCommand({ QueueName }))
      const queueArn = `arn:aws:sqs:${made.home.region}:${accountIds.home}:${QueueName}`
      return { queueArn, keyArn: KeyMetadata?.Arn ?? '', url }
    },
    async user({ userPoolId, clientId }: Pick<Vendor, 'userPoolId' | 'clientId'> = made.vendor) {
      const cognito = client(CognitoIdentityProviderClient)
      const userName = `user-${unique()}`
      const named = { UserPoolId: userPoolId, Username: userName }
      const { User } = await cognito.send(
        new AdminCreateUserCommand({ ...named, MessageAction: 'SUPPRESS', TemporaryPassword: password }),
      )
      await cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: password, Permanent: true }))
      const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? ''
      return { sub, login: { userPoolId, clientId, userName, password: passwordOf(password), client: cognito } }
    },
    async app(asked: Partial<AppRequest> = {}) {
      const { sub, login } = await made.user()
      const { queueArn, keyArn } = made.edges.orders
      const record = await made.apps.create({
        app: `orders-${unique()}`,
        tenant: 'example',
        kind: 'external',
        users: [sub],
        edges: [{ queueArn, keyArn, actions: ['send', 'receive'] }],
        vendor: made.vendor,
        ...asked,
      })
      return {
        name: record.app,
        made: record,
        login,
        token: appLogin(login),
        credentials: (duration?: number) =>
          appCredentials({
            endpoint: made.endpoint,
            app: record.app,
            login,
            onWarning: () => {},
            ...(duration && { duration }),
          }),
      }
    },
    send: (QueueUrl: string, credentials: CredentialProvider) =>
      new SQSClient({ ...made.home, credentials }).send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 1' })),
    async ask(path: string, token: string | undefined, init: RequestInit = {}) {
      const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) }
      const answer = await fetch(`${made.endpoint}${path}`, { ...init, headers })
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> }
    },
    askFor: (name: string, token: string | undefined, body = '{}') =>
      made.ask(`/apps/${name}/credentials`, token, { method: 'POST', body }),
    async askGraphql(name: string, token: string | undefined, body = graphqlBody(name)) {
      const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: token }) }
      const answer = await fetch(`${made.endpoint}/graphql`, { method: 'POST', headers, body })
      return { status: answer.status, body: await answer.text() }
    },
  })
}

const graphqlBody = (name: string) =>
  JSON.stringify({
    query:
      'query q($name: String!) { GetApp(name: $name, tenant: "example") { ... on ExternalApp { GetAwsCredentials(duration: 900) { accessKeyId } } } }',
    variables: { name },
  })
