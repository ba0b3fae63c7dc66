import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { STSClient } from '@aws-sdk/client-sts'
import { type App, appStore, credentialVendor } from '@causeway-aws/grants/apps'
import { cutsNothing, exampleVendor, type UserTokens, type VendorEntries, vendorEntries } from '../vendor-entries.ts'
import { type Figure, measured } from './figure.ts'

const requests = 50
const queueArn = (name: string) => `arn:aws:sqs:eu-west-1:111111111111:${name}.fifo`
const keyArn = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'

/** An app with something of each kind. */
const app: App = {
  app: 'orders',
  version: 1,
  account: '111111111111',
  tenant: 'example',
  kind: 'external',
  users: ['user-1'],
  maxDuration: 3_600,
  roleArn: 'arn:aws:iam::111111111111:role/causeway-app-orders',
  state: 'active',
  vendor: exampleVendor,
  edges: [
    { queueArn: queueArn('orders'), keyArn, actions: ['send'] },
    { queueArn: queueArn('answers'), keyArn, actions: ['receive'] },
  ],
  bodies: [{ bucket: 'orders-bodies', prefix: 'orders/', keyArn, access: 'send' }],
  audit: { bucket: 'causeway-audit', prefix: 'records/orders/', keyArn },
  table: {
    tableArn: 'arn:aws:dynamodb:eu-west-1:111111111111:table/tenants',
    partitionKeys: ['example'],
    access: 'read',
  },
}

/**
 * Milliseconds of processor time that a warm function takes to give credentials: the token verified, the app's record read and
 * the policy made of it, but for what the clients of DynamoDB and STS take, which answer at once here.
 */
export async function* vendor(): AsyncGenerator<Figure> {
  const record = JSON.stringify({ app, by: 'bench', at: '2026-01-01T00:00:00.000Z', what: 'create' })
  const dynamodb = { send: async () => ({ Item: { record: { S: record } } }) } as unknown as DynamoDBClient
  const Credentials = {
    AccessKeyId: 'ASIAEXAMPLE',
    SecretAccessKey: 'secret',
    SessionToken: 'token',
    Expiration: new Date(),
  }
  await using entries = await vendorEntries(
    credentialVendor({
      store: appStore('apps', async () => dynamodb),
      sts: { send: async () => ({ Credentials }) } as unknown as STSClient,
      throttle: { count: async () => {} },
      ...cutsNothing,
      onVended: () => {},
    }),
  )
  const tokens = Array.from({ length: requests }, () => entries.tokensOf('user-1'))
  yield measured('REST', await samplesOf(entries, 'rest', tokens), { at: 'most', limit: 2 })
  yield measured('GraphQL', await samplesOf(entries, 'graphql', tokens), { at: 'most', limit: 2 })
}

async function samplesOf(entries: VendorEntries, entry: 'rest' | 'graphql', tokens: UserTokens[]): Promise<number[]> {
  const samples: number[] = []
  for (let sample = 0; sample < 44; sample += 1) {
    const before = process.cpuUsage()
    for (const each of tokens) await entries[entry]('orders', each)
    const { user, system } = process.cpuUsage(before)
    samples.push((user + system) / 1_000 / tokens.length)
  }
  return samples.slice(4)
}
