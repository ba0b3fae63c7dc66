import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { STSClient } from '@aws-sdk/client-sts'
import { type App, AppNotFound, AppThrottled, credentialVendor, type VendedSession } from '@causeway-aws/grants/apps'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { buildClientSchema, getIntrospectionQuery, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { answerGraphqlEvent } from '../src/graphql-entry.ts'
import { Problem, problemOf } from '../src/problem.ts'
import type { Tokens } from '../src/token.ts'

const queueArn = (name: string) => `arn:aws:sqs:eu-west-1:111111111111:${name}`
const keyArn = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'

const orders: App = {
  app: 'orders',
  version: 1,
  account: '111111111111',
  tenant: 'example',
  kind: 'external',
  users: ['user-1'],
  maxDuration: 43_200,
  roleArn: 'arn:aws:iam::111111111111:role/causeway-app-orders',
  state: 'active',
  vendor: {
    roleArn: 'arn:aws:iam::111111111111:role/causeway-credentials',
    userPoolId: 'eu-west-1_EXAMPLE',
    clientId: 'client1',
    boundaryArn: 'arn:aws:iam::111111111111:policy/causeway-credentials-apps',
  },
  edges: [
    { queueArn: queueArn('orders.fifo'), keyArn, actions: ['send'] },
    { queueArn: queueArn('answers.fifo'), keyArn, actions: ['receive'] },
  ],
  bodies: [],
  node: { receives: 'answer', sends: 'order', configuration: { currency: 'CHF' } },
  table: {
    tableArn: 'arn:aws:dynamodb:eu-west-1:111111111111:table/tenants',
    partitionKeys: ['example'],
    access: 'read',
  },
}

interface Asked {
  query?: unknown
  variables?: object
  operationName?: string
}

/** The entry with a vendor whose STS says yes, and what became of it. */
function entry(app: Partial<App> = {}, { throttled = false, failing = false, idToken = true } = {}) {
  const vended: VendedSession[] = []
  const failures: unknown[] = []
  const Credentials = {
    AccessKeyId: 'ASIAEXAMPLE',
    SecretAccessKey: 'the secret',
    SessionToken: 'the token',
    Expiration: new Date(Date.now() + 3_600_000),
  }
  const vendor = credentialVendor({
    store: {
      async get(name) {
        if (failing) throw new Error('DynamoDB cannot be reached at 10.0.0.1')
        if (name !== orders.app) throw new AppNotFound(name)
        return { app: { ...orders, ...app }, by: '', at: '', what: '' }
      },
    },
    sts: { send: async () => ({ Credentials }) } as unknown as STSClient,
    throttle: {
      async count(name) {
        if (throttled) throw new AppThrottled(name, 7)
      },
    },
    cutThrottle: { async count() {} },
    cut: async ({ app, before }) => ({ app, before }),
    onVended: (session) => vended.push(session),
  })
  const tokens: Tokens = {
    async holderOf({ authorization }) {
      if (authorization === undefined)
        throw new Problem(401, 'TokenRefused', 'Log in again.', { 'www-authenticate': 'Bearer' })
      return { subject: authorization, userName: 'orders', ...(idToken && { idToken: 'id.token.signature' }) }
    },
  }
  const problemFor = (error: unknown) => {
    const problem = problemOf(error)
    if (problem === undefined) failures.push(error)
    return problem ?? new Problem(503, 'NotNow', 'Try again in a minute.', { 'retry-after': '60' })
  }
  const post = async (body: string, headers: Record<string, string> = { authorization: 'user-1' }) => {
    const event = {
      headers: { 'content-type': 'application/json', ...headers },
      body,
    } as unknown as APIGatewayProxyEventV2
    const { signal } = new AbortController()
    const {
      statusCode,
      headers: answered,
      body: text = '',
    } = await answerGraphqlEvent(event, { tokens, vendor, signal, problemFor })
    return {
      status: statusCode,
      headers: answered ?? {},
      text,
      ...(JSON.parse(text || '{}') as {
        data?: never
        errors?: { message: string; path?: unknown; locations?: unknown; extensions?: { code?: string } }[]
      }),
    }
  }
  const ask = (asked: Asked | string, headers?: Record<string, string>) =>
    post(JSON.stringify(typeof asked === 'string' ? { query: asked } : asked), headers)
  return { ask, post, vended, failures }
}

const getNode = (name = 'orders', tenant = 'example') =>
  `{ GetNode(name: "${name}", tenant: "${tenant}") { __typename name ... on ExternalNode { stopped } } }`
const getCredentials = (duration = 3_600) =>
  `{ GetApp(name: "orders", tenant: "example") { ... on ExternalApp { GetAwsCredentials(duration: ${duration}) { accessKeyId secretAccessKey sessionToken expiration } } } }`

describe('what a node is told', () => {
  it('is its edges with their queues, its types of messages, its configuration, its table and its region', async () => {
    const { data } = await entry().ask(`{ GetNode(name: "orders", tenant: "example") {
      __typename name tenant { name audit config region table }
      ... on ExternalNode {
        app { __typename name ... on ExternalApp { auditRecordsEndpoint config tableAccess } }
        config stopped
        receiveEdges { queue source { name } target { name } messageType { name } }
        receiveMessageType { name auditor }
        sendEdges { queue source { name } target { name } }
        sendMessageType { name }
      } } }`)
    expect(data).toEqual({
      GetNode: {
        __typename: 'ExternalNode',
        name: 'orders',
        tenant: { name: 'example', audit: false, config: null, region: 'eu-west-1', table: 'tenants' },
        app: { __typename: 'ExternalApp', name: 'orders', auditRecordsEndpoint: '', config: null, tableAccess: true },
        config: '{"currency":"CHF"}',
        stopped: false,
        receiveEdges: [
          {
            queue: 'https://sqs.eu-west-1.amazonaws.com/111111111111/answers.fifo',
            source: { name: 'answers.fifo' },
            target: { name: 'orders' },
            messageType: { name: 'answer' },
          },
        ],
        receiveMessageType: { name: 'answer', auditor: 'def auditor(*, message):\n    return {}\n' },
        sendEdges: [
          {
            queue: 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo',
            source: { name: 'orders' },
            target: { name: 'orders.fifo' },
          },
        ],
        sendMessageType: { name: 'order' },
      },
    })
  })

  it.each([
    [{ state: 'disabled' }, true],
    [{ state: 'disabling' }, true],
    [{ state: 'enabling' }, true],
    [{ state: 'changing' }, false],
    [{ node: { stopped: true } }, true],
    [{ node: undefined }, false],
  ] as const)('of an app that is %o is to be stopped: %s', async (app, stopped) => {
    expect((await entry(app).ask(getNode())).data).toMatchObject({ GetNode: { stopped } })
  })
})

describe('credentials', () => {
  it('are those that the vendor gives, once each, and are told to the log', async () => {
    const { ask, vended } = entry()
    expect((await ask(getCredentials(900))).data).toEqual({
      GetApp: {
        GetAwsCredentials: {
          accessKeyId: 'ASIAEXAMPLE',
          secretAccessKey: 'the secret',
          sessionToken: 'the token',
          expiration: expect.stringMatching(/Z$/),
        },
      },
    })
    expect(vended).toMatchObject([{ app: 'orders', subject: 'user-1', duration: 900 }])
  })

  it('are not given to whoever asks for something else', async () => {
    const { ask, vended } = entry()
    await ask('{ GetApp(name: "orders", tenant: "example") { name ... on ExternalApp { iamPolicy } } }')
    expect(vended).toEqual([])
  })

  it.each([
    ['is disabled', getCredentials(), entry({ state: 'disabled' }), { code: 'AppDisabled' }],
    ['asks too often', getCredentials(), entry({}, { throttled: true }), { code: 'AppThrottled', retryAfter: 7 }],
    ['asks for too short a session', getCredentials(899), entry(), { code: 'DurationRefused' }],
    [
      'asks for more than an hour by an access token',
      getCredentials(3_601),
      entry({}, { idToken: false }),
      { code: 'IdTokenNeeded' },
    ],
    [
      'has nothing but edges of its own role',
      getCredentials().replace('ExternalApp', 'CrossAccountApp'),
      entry({ kind: 'cross-account', table: undefined }),
      { code: 'NothingToVend' },
    ],
    [
      'has no prefix that it may store in and read',
      '{ GetBulkDataStorage(tenant: "example") { presignedGet } }',
      entry(),
      { code: 'BulkDataRefused' },
    ],
    [
      'wants too much storage at once',
      '{ GetBulkDataStorage(tenant: "example", count: 21) { presignedGet } }',
      entry(),
      { code: 'BulkDataRefused' },
    ],
  ])('are refused, as an error of that field, to an app that %s', async (_, query, { ask, vended }, extensions) => {
    const { status, data, errors } = await ask(query)
    expect([status, errors]).toEqual([
      200,
      [{ message: expect.stringMatching(/\.$/), locations: expect.any(Array), path: expect.any(Array), extensions }],
    ])
    expect(JSON.stringify(data)).toMatch(/:null}+$/)
    expect(vended).toEqual([])
  })
})

describe('an app that is not there, one of another user and one of another tenant', () => {
  it.each([
    ['GetNode', getNode],
    ['GetApp', (name = 'orders', tenant = 'example') => `{ GetApp(name: "${name}", tenant: "${tenant}") { name } }`],
  ])('are the same to %s', async (_, query) => {
    const { ask } = entry()
    const said = async (asked: Promise<{ text: string }>, name: string) => (await asked).text.replaceAll(name, 'NAME')
    const unknown = await said(ask(query('nobody')), 'nobody')
    expect(JSON.parse(unknown).errors).toMatchObject([
      { message: 'There is no app NAME of yours.', extensions: { code: 'AppNotFound' } },
    ])
    expect(await said(ask(query('orders'), { authorization: 'user-2' }), 'orders')).toBe(unknown)
    expect(await said(ask(query('orders', 'others')), 'orders')).toBe(unknown)
    expect(await said(ask(query('No name')), 'No name')).toBe(unknown)
  })
})

describe('the schema', () => {
  it('can be fetched, and EchoStream’s clients’ queries hold against it', async () => {
    const { ask } = entry()
    const { data } = await ask(
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    )
    const client = buildClientSchema(data as never)
    const queries = [
      'query q($name: String!, $tenant: String!) { GetNode(name: $name, tenant: $tenant) { __typename ... on AppChangeReceiverNode { app { __typename ... on CrossAccountApp { auditRecordsEndpoint name tableAccess } ... on ManagedApp { name } } receiveEdge { queue source { name } } } ... on ManagedNode { app { config } stopped } tenant { region table } } }',
      'query q($tenant: String!, $useAccelerationEndpoint: Boolean!) { GetBulkDataStorage(tenant: $tenant, count: 20, useAccelerationEndpoint: $useAccelerationEndpoint) { expiration presignedGet presignedPost { fields url } presignedPut { headers url } } }',
      'query q($app: String!, $tenant: String!, $duration: Int!) { GetApp(name: $app, tenant: $tenant) { ... on CrossAccountApp { GetAwsCredentials(duration: $duration) { accessKeyId } iamPolicy } ... on ManagedApp { GetAwsCredentials(duration: $duration) { expiration } } } }',
    ]
    for (const query of queries) expect(validate(client, parse(query))).toEqual([])
  })

  it('is told to nobody without a token', async () => {
    const { status, errors, headers } = await entry().ask('{ __schema { types { name } } }', {})
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer'])
    expect(errors).toEqual([{ message: 'Log in again.', extensions: { code: 'TokenRefused' } }])
  })
})

describe('a request', () => {
  const json = 'application/json; charset=utf-8'
  const graphql = 'application/graphql-response+json; charset=utf-8'

  it.each([
    ['that is good, of whoever says nothing', getNode(), undefined, 200, json],
    ['that is good, of a newer client', getNode(), 'application/graphql-response+json', 200, graphql],
    ['whose field is refused, of a newer client', getNode('nobody'), 'application/graphql-response+json', 200, graphql],
    ['that is no GraphQL, of whoever says nothing', '{', '*/*', 200, json],
    ['that is no GraphQL, of a newer client', '{', 'application/graphql-response+json', 400, graphql],
    [
      'that the schema does not have, of a newer client',
      '{ GetTenant }',
      'application/graphql-response+json',
      400,
      graphql,
    ],
  ])('%s is answered by status and type as GraphQL over HTTP has it', async (_, query, accept, status, type) => {
    const answer = await entry().ask(query, { authorization: 'user-1', ...(accept && { accept }) })
    expect([answer.status, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
      status,
      type,
      'no-store',
    ])
    expect('data' in answer).toBe(!['{', '{ GetTenant }'].includes(query))
  })

  it.each([
    ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]', 'Missing query'],
    ['no JSON', 'query { __typename }', 'Unparsable JSON body'],
    ['no query', '{}', 'Missing query'],
    ['nothing', '', 'Missing body'],
  ])('of %s is refused', async (_, body, message) => {
    expect(await entry().post(body)).toMatchObject({ status: 400, errors: [{ message }] })
  })

  it('that is not said to be JSON, or wants something else back, is refused', async () => {
    const { ask } = entry()
    expect((await ask(getNode(), { authorization: 'user-1', 'content-type': 'text/plain' })).status).toBe(415)
    expect((await ask(getNode(), { authorization: 'user-1', accept: 'text/html' })).status).toBe(406)
  })

  it('that changes something, or subscribes, is refused', async () => {
    for (const query of ['mutation { x }', 'subscription { x }'])
      expect((await entry().ask(query)).errors).toHaveLength(1)
  })

  it('that cannot be answered is told to the log, and not why to whoever asked', async () => {
    const { ask, failures } = entry({}, { failing: true })
    const { text, errors } = await ask(getNode())
    expect(errors).toMatchObject([
      { message: 'Try again in a minute.', extensions: { code: 'NotNow', retryAfter: 60 } },
    ])
    expect(text).not.toContain('10.0.0.1')
    expect(failures).toHaveLength(1)
  })
})

describe('an attack is refused before anything is asked of anybody', () => {
  const repeated = (count: number, text: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => text(index)).join(' ')
  const deep = (depth: number, field: string) => `${`${field} { `.repeat(depth)}__typename${' }'.repeat(depth)}`
  const bombs: Record<string, [body: string, what: RegExp]> = {
    'ten megabytes': [JSON.stringify({ query: `{ __typename #${'x'.repeat(10_000_000)}` }), /16384 bytes/],
    aliases: [
      `{ ${repeated(11, (index) => `a${index}: GetApp(name: "orders", tenant: "example") { name }`)} }`,
      /11 aliases/,
    ],
    'many aliases': [`{ ${repeated(200, (index) => `a${index}: __typename`)} }`, /500 tokens/],
    'a deep query': [`{ ${deep(17, 'x')} }`, /18 fields deep/],
    'a very deep query': [`{ ${deep(1_500, 'x')} }`, /500 tokens/],
    'a deep introspection': [
      `{ __schema { types { ${deep(4, 'fields { type')}${' }'.repeat(4)} } } }`,
      /Maximum introspection depth/,
    ],
    'fragments that spread each other': [
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      /Cannot spread fragment/,
    ],
    'a fragment that spreads itself': [
      '{ ...A } fragment A on Query { __schema { queryType { name } } ...A }',
      /Cannot spread fragment/,
    ],
    'fragments that double': [
      `{ ...F0 } ${repeated(20, (level) => `fragment F${level} on Query { ...F${level + 1} ...F${level + 1} }`)} fragment F20 on Query { __typename }`,
      /1048576 fields/,
    ],
    'fields that are the same': [`{ ${repeated(301, () => '__typename')} }`, /301 fields/],
    'a long list': [
      `query q($x: [Int]) { GetBulkDataStorage(tenant: "example", count: [${'1,'.repeat(600)}]) { presignedGet } }`,
      /500 tokens/,
    ],
    directives: [`{ __typename ${'@skip(if: false) '.repeat(200)} }`, /500 tokens/],
    'many operations': [repeated(80, (index) => `query q${index} { __typename }`), /operation/],
  }
  it.each(Object.entries(bombs))('of %s', async (_, [bomb, what]) => {
    const { ask, post, vended } = entry()
    const { data, errors = [] } = await (bomb.startsWith('{"query"') ? post(bomb) : ask(bomb))
    expect(data).toBeUndefined()
    expect(errors[0]?.message).toMatch(what)
    expect(errors.length).toBeLessThanOrEqual(6)
    expect(vended).toEqual([])
  })
})

it('answers the event that is kept as an example', async () => {
  const event = JSON.parse(await readFile(join(import.meta.dirname, '../events/graphql.json'), 'utf8'))
  expect((await entry().post(event.body)).data).toMatchObject({
    GetApp: { GetAwsCredentials: { accessKeyId: 'ASIAEXAMPLE' } },
  })
})
