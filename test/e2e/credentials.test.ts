import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import {
  appCredentials,
  type CredentialProvider,
  type PolicyDocument,
  type Secret,
  systemClock,
} from '@causeway-aws/auth'
import { type AppRequest, type Apps, createApps, iamPolicy, type Vendor } from '@causeway-aws/grants/apps'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
// @boundaries-ignore how a user logs in
import { appLogin } from '../../packages/auth/src/app-login.ts'
import { causeway, shell } from '../causeway.ts'
import { root, testSandbox, variablesOf } from '../sandbox.ts'

/** The vendor as it is deployed: user pool, API, authorizer, function, and the function's role. */
const sandbox = testSandbox()
const asksPerMinute = 20
let home: ClientOptions
let apps: Apps
let vendor: Vendor
let endpoint: string
let edges: Record<'orders' | 'invoices', { queueArn: string; keyArn: string; url: string }>

beforeAll(async () => {
  home = clientOptions(await sandbox.credentials('home'))
  const deploy = (template: string, stack: string, parameters: Record<string, string> = {}) =>
    sandbox.deploy({ template: join(root, 'infra', template), account: 'home', stack, parameters })
  await deploy('grants.yaml', 'grants')
  const { outputs } = await deploy('credentials.yaml', 'credentials', { AsksPerMinute: String(asksPerMinute) })
  const { ApiId, FunctionRoleArn: roleArn = '', UserPoolId: userPoolId = '', ClientId: clientId = '' } = outputs
  endpoint = `${home.endpoint}/_aws/execute-api/${ApiId}/$default`
  vendor = { roleArn, userPoolId, clientId }
  apps = createApps({ table: 'causeway-grants', client: home })
  edges = { orders: await edge('orders'), invoices: await edge('invoices') }
  await new S3Client(home).send(new CreateBucketCommand({ Bucket: 'vended-bodies' }))
})

const unique = () => crypto.randomUUID().slice(0, 8)

async function edge(name: string) {
  const { KeyMetadata } = await new KMSClient(home).send(new CreateKeyCommand({}))
  const QueueName = `${name}-${unique()}`
  const { QueueUrl: url = '' } = await new SQSClient(home).send(new CreateQueueCommand({ QueueName }))
  return { queueArn: `arn:aws:sqs:${home.region}:${accountIds.home}:${QueueName}`, keyArn: KeyMetadata?.Arn ?? '', url }
}

const password = `Long-enough-${unique()}-1`

/** A user of the user pool, made as an administrator makes it. */
async function user(pool = vendor) {
  const cognito = new CognitoIdentityProviderClient(home)
  const named = { UserPoolId: pool.userPoolId, Username: `user-${unique()}` }
  const { User } = await cognito.send(
    new AdminCreateUserCommand({ ...named, MessageAction: 'SUPPRESS', TemporaryPassword: password }),
  )
  await cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: password, Permanent: true }))
  const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? ''
  return { sub, login: loginAs(named.Username, pool) }
}

const passwordOf = (value: string): Secret => ({
  reference: 'env:APP_PASSWORD',
  value: async () => value,
})

const loginAs = (userName: string, { userPoolId, clientId } = vendor, value = password) => ({
  userPoolId,
  clientId,
  userName,
  password: passwordOf(value),
  client: new CognitoIdentityProviderClient(home),
})

/** An app of a user of its own. */
async function app(asked: Partial<AppRequest> = {}) {
  const { sub, login } = await user()
  const { orders } = edges
  const made = await apps.create({
    app: `orders-${unique()}`,
    tenant: 'example',
    kind: 'external',
    users: [sub],
    edges: [{ queueArn: orders.queueArn, keyArn: orders.keyArn, actions: ['send', 'receive'] }],
    vendor,
    ...asked,
  })
  const token = appLogin(login)
  return {
    name: made.app,
    made,
    login,
    token,
    credentials: (duration?: number) =>
      appCredentials({ endpoint, app: made.app, login, onWarning: () => {}, ...(duration && { duration }) }),
  }
}

const send = (url: string, credentials: CredentialProvider) =>
  new SQSClient({ ...home, credentials }).send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'order 1' }))

/** A request as any program makes it. */
async function ask(path: string, token: string | undefined, init: RequestInit = {}) {
  const answer = await fetch(`${endpoint}${path}`, {
    ...init,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> }
}
const askFor = (name: string, token: string | undefined, body = '{}') =>
  ask(`/apps/${name}/credentials`, token, { method: 'POST', body })

/** The same by the other entry, in the way of EchoStream's clients: the token alone. */
async function askGraphql(name: string, token: string | undefined, body = graphqlBody(name)) {
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: token }) }
  const answer = await fetch(`${endpoint}/graphql`, { method: 'POST', headers, body })
  return { status: answer.status, body: await answer.text() }
}

const graphqlBody = (name: string) =>
  JSON.stringify({
    query:
      'query q($name: String!) { GetApp(name: $name, tenant: "example") { ... on ExternalApp { GetAwsCredentials(duration: 900) { accessKeyId } } } }',
    variables: { name },
  })

describe('an external app', () => {
  it('logs in by SRP, and reaches its own edge and no other', async () => {
    const orders = await app()
    const credentials = orders.credentials()
    await expect(send(edges.orders.url, credentials)).resolves.toBeDefined()
    await expect(send(edges.invoices.url, credentials)).rejects.toThrow(/not authorized to perform: sqs:SendMessage/)
    const { Arn } = await new STSClient({ ...home, credentials }).send(new GetCallerIdentityCommand())
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
    for (let use = 0; use < 5; use += 1) await send(edges.orders.url, credentials)
    const [first, second] = [await credentials(), await credentials()]
    expect(first.accessKeyId).toBe(second.accessKeyId)
  })

  it('logs in once by its password, and by the refresh token from then on', async () => {
    const { login } = await user()
    const flows: unknown[] = []
    login.client.middlewareStack.add(
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

  it('is not let in by a wrong password', async () => {
    const { login } = await user()
    const wrong = { ...login, password: passwordOf('Wrong-password-of-all-1') }
    await expect(appLogin(wrong)()).rejects.toMatchObject({ code: 'LoginRefused' })
  })

  it('is told what it may use, and what its role needs', async () => {
    const orders = await app()
    const token = await orders.token()
    const { body } = await ask(`/apps/${orders.name}`, token)
    expect(body).toMatchObject({ app: orders.name, state: 'active', edges: [{ queueArn: edges.orders.queueArn }] })
    expect(JSON.stringify(body)).not.toContain('users')
    expect((await ask(`/apps/${orders.name}/iam-policy`, token)).body).toEqual(iamPolicy(orders.made))
  })
})

describe('what is refused', () => {
  it.each([
    ['{"durationSeconds":899}', 400, 'from 900 to 3600'],
    ['{"durationSeconds":43201}', 400, 'from 900 to 3600'],
    ['{"durationSeconds":"3600"}', 400, 'from 900 to 3600'],
    ['{"seconds":3600}', 400, 'hold nothing else'],
    ['[', 400, 'hold nothing else'],
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
    for (const path of ['/credentials', '', '/iam-policy']) {
      const init = path === '/credentials' ? { method: 'POST', body: '{}' } : {}
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
    const cognito = new CognitoIdentityProviderClient(home)
    const clientOf = async (UserPoolId: string) => {
      const ExplicitAuthFlows = ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] as const
      const made = { UserPoolId, ClientName: 'other', ExplicitAuthFlows: [...ExplicitAuthFlows] }
      return (await cognito.send(new CreateUserPoolClientCommand(made))).UserPoolClient?.ClientId ?? ''
    }
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'other' }))
    const otherPool = { ...vendor, userPoolId: UserPool?.Id ?? '' }
    const foreign = await user({ ...otherPool, clientId: await clientOf(otherPool.userPoolId) })
    const otherClient = { ...orders.login, clientId: await clientOf(vendor.userPoolId) }
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

/** An app for those tests that are given nothing. */
let sharedApp: ReturnType<typeof app> | undefined
const shared = () => {
  sharedApp ??= app()
  return sharedApp
}

describe('an app that is disabled', () => {
  it('is given nothing by a token that is still good, and its live session is cut', async () => {
    const orders = await app({ maxDuration: 43_200 })
    const token = await orders.token()
    const [short, long] = [orders.credentials(), orders.credentials(43_200)]
    for (const credentials of [short, long]) await send(edges.orders.url, credentials)
    const { app: disabled } = await apps.disable(orders.name)
    expect(disabled.state).toBe('disabled')
    for (const body of ['{}', '{"durationSeconds":43200}']) {
      expect(await askFor(orders.name, token, body)).toMatchObject({ status: 403, body: { title: 'App disabled' } })
    }
    expect((await askGraphql(orders.name, token)).body).toContain('"code":"AppDisabled"')
    for (const credentials of [short, long]) {
      await expect(send(edges.orders.url, credentials)).rejects.toThrow(/not authorized|explicit deny/)
    }
    expect((await apps.history(orders.name)).map(({ what }) => what)).toEqual(['create', 'disable', 'disabled'])
    await expect(apps.disable(orders.name)).resolves.toMatchObject({ done: ['It was disabled before.'] })
  })

  it('is disabled the whole way by whoever goes on where that was cut off', async () => {
    const orders = await app()
    const broken = createApps({
      table: 'causeway-grants',
      client: home,
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
    await expect(apps.disable(orders.name)).resolves.toMatchObject({ app: { state: 'disabled' } })
    const { Role } = await new IAMClient(home).send(new GetRoleCommand({ RoleName: `causeway-app-${orders.name}` }))
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toContain('Disabled')
  })

  it('can have one of its sessions cut, and no other', async () => {
    const orders = await app()
    const [cut, other] = [orders.credentials(), orders.credentials()]
    const { Arn = '' } = await new STSClient({ ...home, credentials: cut }).send(new GetCallerIdentityCommand())
    await apps.cut(orders.name, Arn.split('/').at(-1) ?? '')
    await expect(send(edges.orders.url, cut)).rejects.toThrow(/not authorized|explicit deny/)
    await expect(send(edges.orders.url, other)).resolves.toBeDefined()
  })
})

describe('the record of an app', () => {
  it('loses nothing when many change it at once: each change is made, or refused, and the role has those that were made', async () => {
    const { name } = await app()
    const sessions = Array.from({ length: 8 }, (_, index) => `${name}-${index}`)
    const tried = await Promise.allSettled(sessions.map((session) => apps.cut(name, session)))
    for (const each of tried) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'AppConflict' })
    const made = sessions.filter((_, index) => tried[index]?.status === 'fulfilled')
    expect((await apps.get(name)).app.cut.map(({ session }) => session).toSorted()).toEqual(made)
    const asked = new GetRolePolicyCommand({ RoleName: `causeway-app-${name}`, PolicyName: 'cut' })
    const { PolicyDocument = '' } = await new IAMClient(home).send(asked)
    const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument))
    expect(Statement[0].Condition.StringEquals['aws:SourceIdentity'].toSorted()).toEqual(made)
  })

  it('is made once, and its role is taken over only from a creation that was cut off', async () => {
    const { name, made } = await app()
    const again = { ...made, app: name, vendor }
    const { tenant, kind, users, edges: own } = again
    await expect(apps.create({ app: name, tenant, kind, users, edges: own, vendor })).rejects.toMatchObject({
      code: 'AppExists',
    })
  })
})

describe('a record of an app that Causeway has not written so', () => {
  it.each(['{', '{}'])('is told as one: %s', async (text) => {
    const key = { pk: { S: 'app' }, sk: { S: 'unreadable' } }
    const dynamodb = new DynamoDBClient(home)
    const Item = { ...key, version: { N: '1' }, record: { S: text } }
    await dynamodb.send(new PutItemCommand({ TableName: 'causeway-grants', Item }))
    const sentence = 'The record app unreadable of the table causeway-grants is not as this Causeway writes it'
    await expect(apps.get('unreadable')).rejects.toThrow(sentence)
    await expect(apps.list()).rejects.toThrow(sentence)
    await dynamodb.send(new DeleteItemCommand({ TableName: 'causeway-grants', Key: key }))
  })
})

describe("an app's role", () => {
  /** What the app does with what, each by a statement of its policy of its own. */
  const uses = {
    'sqs:SendMessage': (options: ClientOptions) =>
      new SQSClient(options).send(new SendMessageCommand({ QueueUrl: edges.orders.url, MessageBody: 'order 1' })),
    'sqs:ReceiveMessage': (options: ClientOptions) =>
      new SQSClient(options).send(new ReceiveMessageCommand({ QueueUrl: edges.orders.url })),
    's3:PutObject': (options: ClientOptions) =>
      new S3Client(options).send(new PutObjectCommand({ Bucket: 'vended-bodies', Key: 'orders/1', Body: 'order 1' })),
    's3:GetObject': (options: ClientOptions) =>
      new S3Client(options).send(new GetObjectCommand({ Bucket: 'vended-bodies', Key: 'orders/1' })),
  }

  it('needs each statement of its policy: without one, what that allows is refused, and all else works', async () => {
    const { keyArn } = edges.orders
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
        await use({ ...home, credentials } as unknown as ClientOptions).then(
          () => tried.push(action),
          (error: Error) => expect(error.message).toMatch(/not authorized|Access Denied|AccessDenied/),
        )
      }
      return tried
    }
    const put = (statements: readonly object[]) =>
      new IAMClient(home).send(
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

describe('the command line', () => {
  it('makes an app, shows it, and disables it', async () => {
    const { sub } = await user()
    const name = `cli-${unique()}`
    const env = await variablesOf('home')
    const { queueArn, keyArn } = edges.orders
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await causeway(['app', ...args], { env })
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
      return stdout
    }
    const { roleArn, userPoolId, clientId } = vendor
    const by = ['--vendor-role', roleArn, '--user-pool', userPoolId, '--client', clientId]
    const what = ['--tenant', 'example', '--user', sub, '--send', queueArn, '--key', keyArn]
    const told = ['--receives', 'order', '--configuration', '{"currency":"CHF"}']
    expect(await run('create', name, ...what, ...told, ...by)).toBe(
      `arn:aws:iam::111111111111:role/causeway-app-${name}\n`,
    )
    expect((await apps.get(name)).app.node).toEqual({ receives: 'order', configuration: { currency: 'CHF' } })
    expect(await run('list')).toMatch(new RegExp(`^${name} +active +external +example: send orders-`, 'm'))
    expect(JSON.parse(await run('show', name, '--policy'))).toEqual(iamPolicy((await apps.get(name)).app))
    expect(await run('disable', name, '--session', `${name}-1`)).toContain(`to the session ${name}-1.`)
    expect(await run('disable', name)).toContain('It is given no credentials from now on.')
    expect(await run('show', name)).toMatch(/^state +disabled$/m)
    const list = await causeway(['app', 'create', name, ...what, '--configuration', '[]', ...by], { env })
    expect(list).toMatchObject({ code: 2, stderr: expect.stringContaining('Expected a JSON object.') })
    const wrong = await causeway(['app', 'create', name, ...what.slice(0, -2), ...by], { env })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--key is missing') })
  })

  it('is the credential_process of a profile: the AWS CLI and boto3 use one session of 900 s, however often they ask', async () => {
    const orders = await app()
    const folder = await mkdtemp(join(tmpdir(), 'causeway-credentials-'))
    const { userPoolId, clientId, userName } = orders.login
    const command = `${join(root, 'node_modules/.bin/causeway')} credentials --app ${orders.name} --duration 900 --endpoint ${endpoint} --user-pool ${userPoolId} --client ${clientId} --user ${userName} --password-from env:APP_PASSWORD`
    await writeFile(
      join(folder, 'config'),
      `[profile orders]\nregion = ${home.region}\ncredential_process = ${command}\n`,
    )
    const env = {
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_PROFILE: 'orders',
      AWS_REGION: home.region,
      AWS_ENDPOINT_URL: home.endpoint,
      XDG_CACHE_HOME: folder,
      APP_PASSWORD: password,
    }
    const url = edges.orders.url
    await writeFile(
      join(folder, 'send.py'),
      `import boto3\nsqs = boto3.client("sqs")\nfor order in range(5):\n    sqs.send_message(QueueUrl="${url}", MessageBody=str(order))\nprint(boto3.client("sts").get_caller_identity()["Arn"])\n`,
    )
    const tried = [
      'aws sts get-caller-identity --query Arn --output text',
      `aws sqs send-message --endpoint-url ${home.endpoint} --queue-url ${url} --message-body "order 1" --query MessageId --output text`,
      `python ${join(folder, 'send.py')}`,
    ]
    const { code, stdout, stderr } = await shell(tried.join(' && '), { env })
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    const [first, , last] = stdout.trim().split('\n')
    expect(first).toContain(`assumed-role/causeway-app-${orders.name}/`)
    expect(last).toBe(first)
    const kept = join(folder, 'causeway/credentials')
    const [file = ''] = await readdir(kept)
    expect((await stat(join(kept, file))).mode & 0o777).toBe(0o600)
    await rm(folder, { recursive: true })
  })
})

describe('the access matrix', () => {
  /** Each action on each resource, as any program tries it. The rows of a table are asserted on the policy. */
  const sqs = (options: ClientOptions) => new SQSClient(options)
  const s3 = (options: ClientOptions) => new S3Client(options)
  const onQueue = {
    'sqs:SendMessage': (options: ClientOptions, QueueUrl: string) =>
      sqs(options).send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 1' })),
    'sqs:ReceiveMessage': (options: ClientOptions, QueueUrl: string) =>
      sqs(options).send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 })),
    'sqs:PurgeQueue': (options: ClientOptions, QueueUrl: string) =>
      sqs(options).send(new PurgeQueueCommand({ QueueUrl })),
  }
  const onPrefix = {
    's3:PutObject': (options: ClientOptions, prefix: string) =>
      s3(options).send(new PutObjectCommand({ Bucket: 'vended-bodies', Key: `${prefix}1`, Body: 'order 1' })),
    's3:GetObject': (options: ClientOptions, prefix: string) =>
      s3(options).send(new GetObjectCommand({ Bucket: 'vended-bodies', Key: `${prefix}1` })),
    's3:DeleteObject': (options: ClientOptions, prefix: string) =>
      s3(options).send(new DeleteObjectCommand({ Bucket: 'vended-bodies', Key: `${prefix}1` })),
  }

  it('holds in every cell: an app does what its record says, and nothing else', { timeout: 120_000 }, async () => {
    const { orders, invoices } = edges
    const keyArn = orders.keyArn
    const tableArn = `arn:aws:dynamodb:${home.region}:${accountIds.home}:table/tenants`
    const body = (prefix: string, access: 'send' | 'receive') => ({ bucket: 'vended-bodies', prefix, keyArn, access })
    const on = ({ queueArn, keyArn }: typeof orders, ...actions: ('send' | 'receive')[]) => ({
      queueArn,
      keyArn,
      actions,
    })
    const made = {
      sender: await app({ edges: [on(orders, 'send')], bodies: [body('orders/', 'send')] }),
      receiver: await app({ edges: [on(invoices, 'receive')], bodies: [body('invoices/', 'receive')] }),
      both: await app({
        edges: [on(orders, 'receive'), on(invoices, 'send')],
        bodies: [body('orders/', 'receive'), body('invoices/', 'send')],
        table: { tableArn, partitionKeys: ['both'], access: 'read' },
      }),
      'of rows': await app({ edges: [], table: { tableArn, partitionKeys: ['rows'], access: 'write' } }),
    }
    for (const Key of ['orders/1', 'invoices/1', 'others/1']) {
      await new S3Client(home).send(new PutObjectCommand({ Bucket: 'vended-bodies', Key, Body: 'order 1' }))
    }
    const others = await edge('others')
    const resources = [
      ...Object.entries({ orders, invoices, others }).map(([name, { url, queueArn }]) => ({
        name,
        at: url,
        arn: queueArn,
        uses: onQueue,
      })),
      ...['orders/', 'invoices/', 'others/'].map((prefix) => ({
        name: prefix,
        at: prefix,
        arn: `arn:aws:s3:::vended-bodies/${prefix}*`,
        uses: onPrefix,
      })),
    ]
    const count = { allowed: 0, refused: 0, asserted: 0 }
    const wrong: string[] = []
    for (const [who, { made: record, credentials }] of Object.entries(made)) {
      const { Statement } = iamPolicy(record) as PolicyDocument
      const options = { ...home, credentials: credentials() } as unknown as ClientOptions
      for (const { name, at, arn, uses } of resources) {
        for (const [action, use] of Object.entries(uses)) {
          const may = Statement.some(
            ({ Action, Resource }) => [Action].flat().includes(action) && [Resource].flat().includes(arn),
          )
          const did = await use(options, at).then(
            () => true,
            (error: Error) => {
              if (!/not authorized|Access Denied|AccessDenied/.test(`${error.name} ${error.message}`)) throw error
              return false
            },
          )
          count[did ? 'allowed' : 'refused'] += 1
          if (did !== may) wrong.push(`${who} ${action} ${name}: ${did}`)
        }
      }
      // A row's key is a condition that the emulator does not know:
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
      for (const key of ['both', 'rows', 'others']) {
        for (const action of ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Scan']) {
          const may = Statement.some(
            ({ Action, Condition }) =>
              [Action].flat().includes(action) &&
              [Condition?.['ForAllValues:StringEquals']?.['dynamodb:LeadingKeys']].flat().includes(key),
          )
          const should = record.table?.partitionKeys.includes(key) === true && action !== 'dynamodb:Scan'
          const writes = action === 'dynamodb:PutItem' && record.table?.access === 'read'
          count.asserted += 1
          if (may !== (should && !writes)) wrong.push(`${who} ${action} ${key}: ${may}`)
        }
      }
    }
    process.stdout.write(`access matrix: ${JSON.stringify(count)}\n`)
    expect(wrong).toEqual([])
    expect(count).toEqual({ allowed: 8, refused: 64, asserted: 36 })
  })
})
