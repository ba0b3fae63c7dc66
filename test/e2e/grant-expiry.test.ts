import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, GetBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { DeleteSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole } from '@causeway-aws/auth'
import { createGrants, type Grant, type Grants } from '@causeway-aws/grants'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../packages/sandbox/src/template.ts'
import { causeway } from '../causeway.ts'
import { root, testSandbox, variablesOf } from '../sandbox.ts'

/** The function as it is deployed, as its role. */
const sandbox = testSandbox()
const { home, partner } = accountIds
const table = 'ending-grants'
const functionName = `${table}-expiry`
const template = join(root, 'infra/grants.yaml')
const roleArns = [`arn:aws:iam::${partner}:role/any`]
let options: ClientOptions
let grants: Grants
/** What the stack names, and what it does not. */
let named: Shared
let others: Shared

/** What grants are on, none of it of a stack. */
interface Shared {
  QueueUrl: string
  queueArn: string
  keyArn: string
  bucket: string
}

async function shared(name: string): Promise<Shared> {
  const { QueueUrl = '' } = await new SQSClient(options).send(new CreateQueueCommand({ QueueName: name }))
  const { KeyMetadata } = await new KMSClient(options).send(new CreateKeyCommand({}))
  await new S3Client(options).send(new CreateBucketCommand({ Bucket: name }))
  const queueArn = `arn:aws:sqs:${options.region}:${home}:${name}`
  return { QueueUrl, queueArn, keyArn: KeyMetadata?.Arn ?? '', bucket: name }
}

beforeAll(async () => {
  options = clientOptions(await sandbox.credentials('home'))
  named = await shared('ending-named')
  others = await shared('ending-others')
  await sandbox.deploy({
    template,
    account: 'home',
    stack: table,
    parameters: {
      TableName: table,
      QueueArns: named.queueArn,
      KeyArns: named.keyArn,
      BucketArns: `arn:aws:s3:::${named.bucket}`,
    },
  })
  grants = createGrants({ table, client: options })
})

const edgeOf = ({ queueArn, keyArn }: Shared) => ({ kind: 'edge', queueArn, keyArn }) as const
const soon = () => new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 2_000)
const ended = (...all: readonly Grant[]) =>
  sleep(Math.max(...all.map(({ until = '' }) => Date.parse(until))) - Date.now() + 50)

async function onEdge(of: Shared, until = soon()): Promise<Grant> {
  const { id } = await grants.create({ name: 'edge', partner, resource: edgeOf(of), actions: ['send'], until })
  return (await grants.accept(id, { roleArns })).grant
}

/** The policies, as they are now. */
async function policies({ QueueUrl, keyArn, bucket }: Shared): Promise<object> {
  const queue = await new SQSClient(options).send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] }),
  )
  const key = await new KMSClient(options).send(new GetKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default' }))
  const s3 = await new S3Client(options)
    .send(new GetBucketPolicyCommand({ Bucket: bucket }))
    .catch(() => ({ Policy: undefined }))
  const [ofQueue, ofKey, ofBucket] = [queue.Attributes?.Policy, key.Policy, s3.Policy].map((text) =>
    JSON.parse(text || 'null'),
  )
  return { ofQueue, ofKey, ofBucket }
}

/** What one invocation has logged. */
async function expired(): Promise<Record<string, unknown>[]> {
  const since = Date.now()
  const command = new InvokeCommand({ FunctionName: functionName, Payload: '{}' })
  const { FunctionError } = await new LambdaClient(options).send(command)
  expect(FunctionError).toBeUndefined()
  const lines: Record<string, unknown>[] = []
  for await (const { message } of sandbox.logs(functionName, { account: 'home' })) {
    const line = message.startsWith('{') ? JSON.parse(message) : {}
    if (Date.parse(line.timestamp) >= since || line._aws?.Timestamp >= since) lines.push(line)
  }
  return lines
}

const of = (lines: readonly Record<string, unknown>[], message: string) =>
  lines.filter((line) => line.message === message)

describe('the function that revokes grants that have ended', () => {
  it('takes out the statements of each kind, deletes an ExternalId, and says what it has done', async () => {
    const before = await policies(named)
    const lasting = await onEdge(named, new Date(Date.now() + 3_600_000))
    expect(of(await expired(), 'grant revoked')).toEqual([])
    const edge = await onEdge(named)
    const until = soon()
    const asked = await grants.create({
      name: 'stream',
      partner,
      resource: { kind: 'stream', streamArn: `arn:aws:kinesis:${options.region}:${partner}:stream/orders` },
      actions: ['read'],
      until,
    })
    const resource = { kind: 'prefix', bucket: named.bucket, prefix: 'orders/' } as const
    const prefix = await grants.create({ name: 'prefix', partner, owner: home, resource, actions: ['read'], until })
    await grants.accept(prefix.id, { roleArns })
    await ended(edge, asked, prefix)

    const lines = await expired()
    expect(of(lines, 'grant not revoked')).toEqual([])
    expect(of(lines, 'grant revoked').map(({ grant, name, done }) => [grant, name, `${done}`])).toEqual(
      expect.arrayContaining([
        [edge.id, 'edge', expect.stringMatching(/^Taken out of the policy of the queue ending-named, .*key /)],
        [prefix.id, 'prefix', expect.stringMatching(/^Taken out of the policy of the bucket ending-named, /)],
        [asked.id, 'stream', expect.stringMatching(/^The ExternalId is deleted: /)],
      ]),
    )
    const left = JSON.stringify(await policies(named))
    for (const { id } of [edge, prefix]) expect(left).not.toContain(id)
    expect(left).toContain(lasting.id)
    const SecretId = `causeway/grants/${asked.id}`
    await expect(new SecretsManagerClient(options).send(new GetSecretValueCommand({ SecretId }))).rejects.toThrow(
      /deletion/,
    )
    expect((await grants.history(edge.id)).at(-1)).toMatchObject({
      what: 'revoke',
      by: expect.stringContaining(`assumed-role/${functionName}/`),
    })
    await grants.revoke(lasting.id)
    expect(await policies(named)).toEqual(before)
    expect(of(await expired(), 'expiry done')).toEqual([expect.objectContaining({ revoked: 0, failed: 0, left: 0 })])
  })

  it('goes on past one that it may not change or cannot, tells the alarm, and is done when that is mended', async () => {
    const before = await policies(others)
    const [forbidden, good] = [await onEdge(others), await onEdge(named)]
    await ended(forbidden, good)
    const lines = await expired()
    expect(of(lines, 'grant revoked').map(({ grant }) => grant)).toEqual([good.id])
    expect(of(lines, 'grant not revoked')).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        grant: forbidden.id,
        reason: expect.stringMatching(/not authorized to perform: sqs:/),
      }),
    ])
    expect(JSON.stringify(await policies(others))).toContain(forbidden.id)
    const published = lines.find((line) => 'GrantsNotRevoked' in line)
    expect(published).toMatchObject({ service: functionName, GrantsRevoked: 1, GrantsNotRevoked: 1 })
    const { Resources } = (await readTemplate(template)).body
    const alarms = Object.values(Resources).flatMap(({ Properties }) =>
      Properties?.Namespace === 'Causeway' ? [Properties.MetricName] : [],
    )
    expect(alarms.toSorted()).toEqual(['GrantsNotRevoked', 'GrantsRevoked'])

    // By somebody who may, and who goes on with what the function has begun.
    expect((await grants.get(forbidden.id)).state).toBe('revoking')
    const broken = { pk: { S: 'grant' }, sk: { S: '0000000000000000' }, version: { N: '1' }, record: { S: '{' } }
    const dynamodb = new DynamoDBClient(options)
    await dynamodb.send(new PutItemCommand({ TableName: table, Item: broken }))
    const env = await variablesOf('home')
    const { code, stdout, stderr } = await causeway(['grant', 'revoke', '--expired', '--table', table], { env })
    expect(stdout).toContain(`${forbidden.id}  edge  revoked\n  Taken out of the policy of the queue ending-others, `)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^The record grant 0000000000000000 of the table/),
    })
    // One document, whatever there was.
    const asJson = async () => {
      const { code, stdout } = await causeway(['grant', 'revoke', '--expired', '--json', '--table', table], { env })
      return { code, ...JSON.parse(stdout) }
    }
    const unreadable = { message: expect.stringMatching(/^The record grant 0000000000000000/) }
    expect(await asJson()).toEqual({ code: 1, revoked: [], failed: [unreadable], left: 0 })
    await dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { pk: broken.pk, sk: broken.sk } }))
    expect(await asJson()).toEqual({ code: 0, revoked: [], failed: [], left: 0 })
    expect(await policies(others)).toEqual(before)
  })

  it('goes on with what it was killed at, and two at once do no harm', async () => {
    const grant = await onEdge(named)
    await ended(grant)
    const killed = createGrants({
      table,
      client: { ...options, maxAttempts: 1 },
      onClient(client) {
        const stack = client.middlewareStack as SQSClient['middlewareStack']
        stack.add(
          (next, { commandName }) =>
            async (args) => {
              if (commandName === 'PutKeyPolicyCommand') throw new Error('killed')
              return next(args)
            },
          { step: 'initialize' },
        )
        return client
      },
    })
    expect(await killed.revokeExpired()).toEqual({ revoked: 0, failed: 1, left: 0 })
    expect((await grants.get(grant.id)).state).toBe('revoking')
    expect(JSON.stringify(await policies(named))).toContain(grant.id) // the key's
    const counts = await Promise.all([grants.revokeExpired(), grants.revokeExpired()])
    expect(counts.map(({ failed }) => failed)).toEqual([0, 0])
    expect((await grants.get(grant.id)).state).toBe('revoked')
    expect(JSON.stringify(await policies(named))).not.toContain(grant.id)
  })
})

describe('tried: the role of the function', () => {
  it('is refused whatever the stack does not name, and all that is no policy', async () => {
    const secret = await grants.create({
      name: 'stream',
      partner,
      resource: { kind: 'stream', streamArn: `arn:aws:kinesis:${options.region}:${partner}:stream/orders` },
      actions: ['read'],
    })
    // Only Lambda may be the role. For this moment its account's administrator may, too.
    const iam = new IAMClient(options)
    const RoleName = functionName
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
    const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))
    const us = { Effect: 'Allow', Principal: { AWS: home }, Action: 'sts:AssumeRole' }
    const PolicyDocument = JSON.stringify({ ...trust, Statement: [...trust.Statement, us] })
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    const credentials = assumedRole({
      roleArn: Role?.Arn ?? '',
      sts: new STSClient(options),
      sessionName: 'tried',
    })
    const as = { ...options, credentials }
    const [sqs, kms, s3, secrets] = [
      new SQSClient(as),
      new KMSClient(as),
      new S3Client(as),
      new SecretsManagerClient(as),
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [] })
    const tried = await Promise.allSettled([
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: others.QueueUrl, Attributes: { Policy } })),
      sqs.send(new ReceiveMessageCommand({ QueueUrl: named.QueueUrl })),
      kms.send(new PutKeyPolicyCommand({ KeyId: others.keyArn, PolicyName: 'default', Policy })),
      kms.send(new ScheduleKeyDeletionCommand({ KeyId: named.keyArn })),
      s3.send(new PutBucketPolicyCommand({ Bucket: others.bucket, Policy })),
      secrets.send(new GetSecretValueCommand({ SecretId: `causeway/grants/${secret.id}` })),
      secrets.send(new DeleteSecretCommand({ SecretId: 'of-somebody' })),
    ])
    for (const attempt of tried) {
      expect(attempt).toMatchObject({
        reason: { message: expect.stringMatching(/not authorized to perform|Access Denied/) },
      })
    }
  })
})

describe('asserted, not tried: the role of the function', () => {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html: the sandbox does not enforce it.
  it('reads grants, writes versions of them, and deletes nothing but its own turn', async () => {
    const { PolicyDocument = '' } = await new IAMClient(options).send(
      new GetRolePolicyCommand({ RoleName: functionName, PolicyName: 'run' }),
    )
    const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument))
    const onTable = (Statement as Allowed[]).filter(({ Action }) => `${Action}`.includes('dynamodb:'))
    expect(onTable.map(({ Action, Condition }) => [[Action].flat(), Object.values(Condition ?? {})])).toEqual([
      [['dynamodb:GetItem', 'dynamodb:Query'], [{ 'dynamodb:LeadingKeys': ['grant'] }]],
      [['dynamodb:PutItem'], [{ 'dynamodb:LeadingKeys': ['grant', 'grant#*'] }]],
      [['dynamodb:PutItem', 'dynamodb:DeleteItem'], [{ 'dynamodb:LeadingKeys': ['policy'] }]],
    ])
  })
})

interface Allowed {
  Action: string | string[]
  Condition?: object
}
