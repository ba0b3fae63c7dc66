import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createGrants, type ExportedGrant, type Grant, type Grants } from '@causeway-aws/grants'
import { type AccountName, accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { causeway } from '../causeway.ts'
import { root, testSandbox, variablesOf } from '../sandbox.ts'

const sandbox = testSandbox()
const { home, partner } = accountIds
const options = {} as Record<AccountName, ClientOptions>
const env = {} as Record<AccountName, Record<string, string>>
let grants: Grants
let folder: string

beforeAll(async () => {
  for (const account of ['home', 'partner'] as const) {
    options[account] = clientOptions(await sandbox.credentials(account))
    env[account] = await variablesOf(account)
  }
  await sandbox.deploy({ template: join(root, 'infra/grants.yaml'), account: 'home', stack: 'grants' })
  grants = createGrants({ table: 'causeway-grants', client: options.home })
  folder = await mkdtemp(join(tmpdir(), 'causeway-edge-of-grant-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A queue and a key of an account. */
async function edgeOf(account: AccountName) {
  const QueueName = `granted-${crypto.randomUUID().slice(0, 8)}`
  const { QueueUrl = '' } = await new SQSClient(options[account]).send(new CreateQueueCommand({ QueueName }))
  const { KeyMetadata } = await new KMSClient(options[account]).send(new CreateKeyCommand({}))
  const queueArn = `arn:aws:sqs:${options.home.region}:${accountIds[account]}:${QueueName}`
  return { QueueUrl, resource: { kind: 'edge', queueArn, keyArn: KeyMetadata?.Arn ?? '' } as const }
}

/** Once the partner has deployed its template. */
async function accepted(grant: Grant): Promise<Grant> {
  const template = join(folder, `${grant.id}.json`)
  await writeFile(template, JSON.stringify(await grants.export(grant.id, 'template')))
  await sandbox.deploy({ template, account: 'partner', stack: `grant-${grant.id}` })
  return (await grants.accept(grant.id)).grant
}

async function fileOf(content: object): Promise<string> {
  const file = join(folder, `${crypto.randomUUID()}.json`)
  await writeFile(file, JSON.stringify(content))
  return file
}

/** As somebody who has typed no ARN, role or ExternalId. */
const edge = (account: AccountName, ...args: string[]) => causeway(['edge', ...args], { env: env[account] })

describe('what is sent by a grant', () => {
  it('is sent by the partner, who was handed a file of it, to our edge; it peeks and receives, where it may', async () => {
    const { resource: queue } = await edgeOf('home')
    const bucket = `bodies-${crypto.randomUUID()}`
    await new S3Client(options.home).send(new CreateBucketCommand({ Bucket: bucket }))
    const resource = { ...queue, bodies: { bucket, prefix: 'orders/' } }
    const actions = ['send', 'receive']
    const { id } = await accepted(await grants.create({ name: 'orders', partner, resource, actions }))
    const file = await fileOf(await grants.export(id, 'reader'))
    const sent = await edge('partner', 'send', '--grant', file, 'order 1001', '--type', 'order', '--json')
    expect(sent).toMatchObject({ code: 0, stderr: '' })
    const { trackingId } = JSON.parse(sent.stdout)
    const lines = randomBytes(1_200_000).toString('base64') // by way of the bucket
    const body = await fileOf({ order: 1002, lines })
    expect((await edge('partner', 'send', '--grant', file, '--body-file', body, '--type', 'order')).code).toBe(0)
    expect(await edge('partner', 'peek', '--grant', file)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(trackingId),
    })
    const received = await edge('partner', 'receive', '--grant', file, '--most', '2', '--json')
    expect(received).toMatchObject({ code: 0, stderr: '' })
    const [small, large] = received.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).body)
    expect(small).toBe('order 1001')
    expect(JSON.parse(large)).toEqual({ order: 1002, lines })
    const stored = new ListObjectsV2Command({ Bucket: bucket, Prefix: 'orders/' })
    expect((await new S3Client(options.home).send(stored)).KeyCount).toBe(1)

    await grants.revoke(id)
    const { code, stderr } = await edge('partner', 'send', '--grant', file, 'order 1003', '--type', 'order')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('AccessDenied') })
  })

  it("is sent to the partner's edge, by the id of the grant and its ExternalId", async () => {
    const { QueueUrl, resource } = await edgeOf('partner')
    const { id } = await accepted(await grants.create({ name: 'answers', partner, resource, actions: ['send'] }))
    const sent = await edge('home', 'send', '--grant', id, 'answer 1001', '--type', 'answer')
    expect(sent).toMatchObject({ code: 0, stderr: '' })
    const { Messages = [] } = await new SQSClient(options.partner).send(new ReceiveMessageCommand({ QueueUrl }))
    expect(Messages.map(({ Body }) => Body)).toEqual(['answer 1001'])
  })
})

describe('a grant that cannot be sent by', () => {
  const roleArn = `arn:aws:iam::${partner}:role/orders-sender`
  const queue = `arn:aws:sqs:eu-central-2:${home}:orders.fifo`
  const good: ExportedGrant = { roleArn, actions: ['send'], region: 'eu-central-2', queue }

  it.concurrent.each<[string, ExportedGrant, string[], RegExp]>([
    [
      'of a stream',
      { roleArn, actions: ['read'], stream: 'orders' },
      [],
      /it is of a stream \(causeway kinesis read --grant \S+\), and edge send is for an edge\.$/m,
    ],
    [
      'of a bucket',
      { roleArn, bucket: 'exports' },
      [],
      /it is of a bucket \(causeway s3 read --grant \S+\), and edge send is for an edge\.$/m,
    ],
    [
      'to receive',
      { ...good, actions: ['receive'] },
      [],
      /it is to receive, and not to send\. Ask the owner of orders\.fifo for a grant to send\.$/m,
    ],
    [
      'that has ended',
      { ...good, until: '2026-01-01T00:00:00Z' },
      [],
      /the grant has ended, at 2026-01-01T00:00:00Z\./,
    ],
    ['beside an edge', good, ['orders.fifo'], /^edge send: --grant names the edge, so leave out orders\.fifo\.$/m],
    ['beside a role', good, ['--role-arn', roleArn], /so leave out --role-arn and --external-id-from\.$/m],
    ['beside another region', good, ['--region', 'eu-west-1'], /^--region: the grant \S+ names eu-central-2, so leave/],
    ['with what it does not know', { ...good, externalId: 'x' } as ExportedGrant, [], /externalId is not an option/],
  ])('is one %s: refused in a sentence, before anything is sent', async (_, grant, more, sentence) => {
    const file = await fileOf(grant)
    const args = [...more, 'order 1001', '--type', 'order', '--grant', file]
    const { code, stderr } = await edge('partner', 'send', ...args)
    expect(stderr).toMatch(sentence)
    expect(code).toBe(2)
  })

  it.concurrent('is not read by either', async () => {
    const file = await fileOf({ ...good, stream: 'orders' })
    const read = await causeway(['kinesis', 'read', '--grant', file], { env: env.partner })
    expect(read).toMatchObject({ code: 2, stderr: expect.stringMatching(/it is to send, and not to read\.$/m) })
  })

  it.concurrent.each(['receive', 'drain', 'peek'])(
    'and where there is no edge either, %s asks for one',
    async (verb) => {
      const { code, stderr } = await edge('partner', verb)
      const sentence = new RegExp(`^edge ${verb}: say which edge, or give a grant of one by --grant`)
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(sentence) })
    },
  )
})
