import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { type AssumeRoleCommandOutput, STSClient } from '@aws-sdk/client-sts'
import { type App, appStore, appThrottle, credentialVendor, type VendedSession } from '@causeway-aws/grants/apps'
import { accountIds, clientOptions } from '@causeway-aws/sandbox'
import { expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { cutsNothing, exampleVendor, vendorEntries } from '../vendor-entries.ts'

/** The function's entries in this process, the sandbox's DynamoDB, IAM and STS. */
const home = {
  ...clientOptions(await testSandbox().credentials('home')),
  requestHandler: { socketAcquisitionWarningTimeout: 60_000 },
}
const dynamodb = new DynamoDBClient(home)
const iam = new IAMClient(home)
const sts = new STSClient(home)
/** The session that STS gave, by its access key. */
const sessions = new Map<string | undefined, string | undefined>()
sts.middlewareStack.add(
  (next) => async (args) => {
    const answer = await next(args)
    const { Credentials, AssumedRoleUser } = answer.output as AssumeRoleCommandOutput
    sessions.set(Credentials?.AccessKeyId, AssumedRoleUser?.Arn)
    return answer
  },
  { step: 'initialize' },
)
const table = `apps-${crypto.randomUUID()}`
const count = 1_000
const names = Array.from({ length: count }, (_, index) => `app-${index}`)

const queueArn = `arn:aws:sqs:${home.region}:${accountIds.home}:orders.fifo`
const keyArn = `arn:aws:kms:${home.region}:${accountIds.home}:key/1234abcd-12ab-34cd-56ef-1234567890ab`

async function register(app: string, store: ReturnType<typeof appStore>): Promise<void> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountIds.home}:root` },
      Action: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
    },
  })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: `thousand-${app}`, AssumeRolePolicyDocument }))
  const record: App = {
    app,
    version: 0,
    account: accountIds.home,
    tenant: 'example',
    kind: 'external',
    users: [`user-of-${app}`],
    maxDuration: 3_600,
    roleArn: Role?.Arn ?? '',
    state: 'active',
    vendor: exampleVendor,
    edges: [{ queueArn, keyArn, actions: ['send'] }],
    bodies: [],
  }
  await store.write(undefined, record, { by: 'test', at: new Date().toISOString(), what: 'create' })
}

it('a thousand apps that ask at once are each given a session of their own, whichever way they ask', async () => {
  await dynamodb.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  )
  const store = appStore(table, async () => dynamodb)
  await Promise.all(names.map((name) => register(name, store)))
  const vended: VendedSession[] = []
  const throttle = appThrottle(table, dynamodb, 60)
  const vendor = credentialVendor({ store, sts, throttle, ...cutsNothing, onVended: (session) => vended.push(session) })
  await using entries = await vendorEntries(vendor)
  const asking = names.map((name) => ({ name, tokens: entries.tokensOf(`user-of-${name}`) }))

  const began = performance.now()
  const given = await Promise.all(
    asking.map(({ name, tokens }, index) => entries[index % 2 === 0 ? 'rest' : 'graphql'](name, tokens)),
  )
  const took = performance.now() - began
  process.stdout.write(`${count} apps at once: ${Math.round(took)} ms\n`)

  expect(new Set(given.map(({ sessionToken }) => sessionToken)).size).toBe(count)
  expect(vended.map(({ app, subject }) => `${app} ${subject}`).toSorted()).toEqual(
    names.map((name) => `${name} user-of-${name}`).toSorted(),
  )
  expect(given.map(({ accessKeyId }) => sessions.get(accessKeyId)?.replace(/-[0-9a-f]{16}$/, ''))).toEqual(
    names.map((name) => `arn:aws:sts::${accountIds.home}:assumed-role/thousand-${name}/${name}`),
  )
  // By the token of its neighbour nothing is given.
  const foreign = await Promise.allSettled(
    asking.slice(1, 51).map(({ tokens }, index) => entries.rest(names[index] ?? '', tokens)),
  )
  expect(new Set(foreign.map((each) => each.status === 'rejected' && each.reason.code))).toEqual(
    new Set(['AppNotFound']),
  )
})
