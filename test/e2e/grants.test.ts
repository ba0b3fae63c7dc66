import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateStreamCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis'
import { CreateKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, type Clock, type CredentialProvider, systemClock } from '@causeway-aws/auth'
import { createGrants, type Grant, GrantConflict, type Grants, parseExportedGrant } from '@causeway-aws/grants'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../causeway.ts'
import { root, testSandbox, variablesOf } from '../sandbox.ts'

const sandbox = testSandbox()
const table = 'causeway-grants'
const { home, partner } = accountIds
let ours: ClientOptions
let theirs: ClientOptions
let grants: Grants
let folder: string

beforeAll(async () => {
  ours = clientOptions(await sandbox.credentials('home'))
  theirs = clientOptions(await sandbox.credentials('partner'))
  await sandbox.deploy({ template: join(root, 'infra/grants.yaml'), account: 'home', stack: 'grants' })
  grants = createGrants({ table, client: ours })
  folder = await mkdtemp(join(tmpdir(), 'causeway-grants-'))
})
afterAll(() => rm(folder, { recursive: true }))

const unique = () => crypto.randomUUID().slice(0, 8)

/** What the partner deploys of what it was handed. */
async function deployed(grant: Grant, by: Grants = grants): Promise<string> {
  const template = join(folder, `${grant.id}.json`)
  await writeFile(template, JSON.stringify(await by.export(grant.id, 'template', { heldFor: 0 })))
  const stack = `grant-${grant.id}`
  const { outputs } = await sandbox.deploy({ template, account: 'partner', stack })
  return outputs.RoleArn ?? ''
}

/** A stream of the partner. */
async function stream(): Promise<string> {
  const StreamName = `shared-${unique()}`
  const client = new KinesisClient({ ...theirs, requestHandler: new NodeHttpHandler() })
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  return `arn:aws:kinesis:${theirs.region}:${partner}:stream/${StreamName}`
}

async function askedFor(options: { until?: Date } = {}, by: Grants = grants) {
  const streamArn = await stream()
  const resource = { kind: 'stream', streamArn } as const
  return by.create({ name: 'orders', partner, resource, actions: ['read'], ...options })
}

const externalIdOf = async ({ externalIdFrom = '' }: Grant, VersionStage = 'AWSCURRENT'): Promise<string> => {
  const command = new GetSecretValueCommand({ SecretId: externalIdFrom.replace('secret:', ''), VersionStage })
  return (await new SecretsManagerClient(ours).send(command)).SecretString ?? ''
}

/** A queue and a key of ours that no stack has made, with a policy of somebody's. */
async function ownQueue() {
  const sqs = new SQSClient(ours)
  const QueueName = `own-${unique()}`
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }))
  const queueArn = `arn:aws:sqs:${ours.region}:${home}:${QueueName}`
  const others = [{ Sid: 'Somebodys', Effect: 'Deny', Principal: '*', Action: 'sqs:PurgeQueue', Resource: queueArn }]
  const Policy = JSON.stringify({ Version: '2012-10-17', Id: 'kept', Statement: others })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  const { KeyMetadata } = await new KMSClient(ours).send(new CreateKeyCommand({}))
  const keyArn = KeyMetadata?.Arn ?? ''
  const policy = async () => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] })
    return JSON.parse((await sqs.send(command)).Attributes?.Policy ?? 'null')
  }
  const keyPolicy = async () => {
    const command = new GetKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default' })
    return JSON.parse((await new KMSClient(ours).send(command)).Policy ?? 'null')
  }
  return { QueueUrl, others, policy, keyPolicy, resource: { kind: 'edge', queueArn, keyArn } as const }
}

const roleOf = (roleArn: string, externalId?: string): CredentialProvider =>
  assumedRole({
    roleArn,
    sts: new STSClient(externalId === undefined ? theirs : ours),
    ...(externalId && { externalId }),
    sessionName: `test-${unique()}`,
  })

const send = (QueueUrl: string, credentials: CredentialProvider) =>
  new SQSClient({ ...theirs, credentials }).send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 1' }))

const shards = (StreamARN: string, credentials: CredentialProvider) =>
  new KinesisClient({ ...ours, credentials, requestHandler: new NodeHttpHandler() }).send(
    new ListShardsCommand({ StreamARN }),
  )

describe("what is the partner's, by a role that the partner is asked for", () => {
  it('is created, exported, deployed, accepted and used, and only with its ExternalId', async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    const { grant: active, done } = await grants.accept(grant.id) // the role that the template has made
    expect(active).toMatchObject({ state: 'active', roleArn, version: 2 })
    expect(done).toEqual(['The role lets you in with its ExternalId, and not without it or with a wrong one.'])
    const { stream = '' } = parseExportedGrant('', await grants.export(grant.id, 'reader'))
    const externalId = await externalIdOf(grant)
    await expect(shards(stream, roleOf(roleArn, externalId))).resolves.toBeDefined()
    await expect(roleOf(roleArn, `${externalId}x`)()).rejects.toThrow(/STS refuses/)
    expect(await grants.test(grant.id)).toMatchObject({ asItShouldBe: true, checks: { length: 5 } })
  })

  it('may do nothing else: not of another stream, not write', async () => {
    const [grant, other] = await Promise.all([askedFor(), stream()])
    const roleArn = await deployed(grant)
    const credentials = roleOf(roleArn, await externalIdOf(grant))
    await expect(shards(other, credentials)).rejects.toThrow(/not authorized to perform: kinesis:ListShards/)
  })

  it('is not accepted before the partner has deployed it, nor a role of a third account', async () => {
    const grant = await askedFor()
    const role = (account: string) => `arn:aws:iam::${account}:role/causeway-grant-${grant.id}`
    await expect(grants.accept(grant.id, { roleArns: [role(partner)] })).rejects.toMatchObject({
      code: 'GrantDenied',
      explanation: { likely: expect.arrayContaining([expect.objectContaining({ cause: 'external-id' })]) },
    })
    await expect(grants.accept(grant.id, { roleArns: [role('333333333333')] })).rejects.toThrow(
      `must be of the partner's account ${partner}, and one is of 333333333333`,
    )
    expect((await grants.get(grant.id)).state).toBe('created')
  })

  it('is not accepted where the role lets in anybody, unless that is said in so many words', async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: home }, Action: 'sts:AssumeRole' }],
    }
    const RoleName = roleArn.split('/').at(-1)
    const PolicyDocument = JSON.stringify(trust)
    await new IAMClient(theirs).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    await expect(grants.accept(grant.id, { roleArns: [roleArn] })).rejects.toThrow(
      /lets us in without an ExternalId, so/,
    )
    const { grant: accepted } = await grants.accept(grant.id, { roleArns: [roleArn], although: 'open' })
    expect(accepted.state).toBe('active')
    expect((await grants.history(grant.id)).at(-1)?.what).toBe('accept, although open')
    expect((await grants.test(grant.id)).asItShouldBe).toBe(false)
  })

  it('is revoked by forgetting its ExternalId, and says what the partner has to do', async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    await grants.accept(grant.id, { roleArns: [roleArn] })
    const report = await grants.revoke(grant.id)
    expect(report).toMatchObject({ grant: { state: 'revoked' }, waitsFor: expect.stringContaining(roleArn) })
    await expect(externalIdOf(grant)).rejects.toThrow()
    await expect(grants.revoke(grant.id)).rejects.toThrow(/was revoked already/)
  })
})

describe('what is ours, by the partner’s own role', () => {
  it('is let in by the queue and the key, is used, and revoked: what is left is what was there', async () => {
    const { QueueUrl, others, policy, keyPolicy, resource } = await ownQueue()
    const keyBefore = await keyPolicy()
    const grant = await grants.create({ name: 'own', partner, resource, actions: ['send'] })
    const roleArn = await deployed(grant)
    const credentials = roleOf(roleArn)
    await expect(send(QueueUrl, credentials)).rejects.toThrow(/not authorized|denied/i)
    const { grant: active } = await grants.accept(grant.id, { roleArns: [roleArn] })
    expect(active).toMatchObject({ state: 'active', placed: [{ arn: resource.queueArn }, { arn: resource.keyArn }] })
    await send(QueueUrl, credentials)
    // Nobody else of the partner's, and the role nothing else.
    await expect(send(QueueUrl, async () => theirs.credentials)).rejects.toThrow(/not authorized|denied/i)
    const receive = new SQSClient({ ...theirs, credentials }).send(new ReceiveMessageCommand({ QueueUrl }))
    await expect(receive).rejects.toThrow(/not authorized|denied/i)
    expect(await grants.test(grant.id)).toMatchObject({ asItShouldBe: true, checks: { length: 3 } })
    expect((await policy()).Statement).toEqual([
      ...others,
      expect.objectContaining({ Sid: `CausewayGrant${grant.id}1` }),
    ])

    const { done } = await grants.revoke(grant.id)
    expect(done).toEqual([
      expect.stringMatching(
        /^Taken out of the policy of the queue own-\w+, and seen to be gone after \d+ ms; until it is so everywhere AWS takes up to 60 seconds\.$/,
      ),
      expect.stringMatching(/^Taken out of the policy of the key /),
    ])
    await expect(send(QueueUrl, credentials)).rejects.toThrow(/not authorized|denied/i)
    expect(await policy()).toEqual({ Version: '2012-10-17', Id: 'kept', Statement: others })
    expect(await keyPolicy()).toEqual(keyBefore)
  })

  it('is taken back from one of two roles, and from the other later', async () => {
    const { QueueUrl, others, policy, resource } = await ownQueue()
    const grant = await grants.create({ name: 'two', partner, resource, actions: ['send'] })
    const roleArn = await deployed(grant)
    const other = `arn:aws:iam::${partner}:role/other`
    await grants.accept(grant.id, { roleArns: [roleArn, other] })
    const credentials = roleOf(roleArn)
    await send(QueueUrl, credentials)
    // Killed before any policy was changed, and run again.
    await expect(killedAt('TransactWriteItems').revoke(grant.id, { roleArns: [roleArn] })).rejects.toThrow('killed')
    const { grant: narrowed } = await grants.revoke(grant.id, { roleArns: [roleArn] })
    expect(narrowed).toMatchObject({ state: 'active', principals: [other] })
    await expect(send(QueueUrl, credentials)).rejects.toThrow(/not authorized|denied/i)
    expect(JSON.stringify(await policy())).toContain(other)
    expect(await grants.test(grant.id)).toMatchObject({ asItShouldBe: true })
    expect((await grants.revoke(grant.id, { roleArns: [other] })).grant.state).toBe('revoked')
    expect((await policy()).Statement).toEqual(others)
  })

  it('is revoked also where the queue is gone', async () => {
    const { QueueUrl, resource } = await ownQueue()
    const grant = await grants.create({ name: 'gone', partner, resource, actions: ['send'] })
    await grants.accept(grant.id, { roleArns: [`arn:aws:iam::${partner}:role/any`] })
    await new SQSClient(ours).send(new DeleteQueueCommand({ QueueUrl }))
    expect((await grants.revoke(grant.id)).grant.state).toBe('revoked')
  })

  it('is a prefix of a bucket, and not what is beside it', async () => {
    const Bucket = `exports-${unique()}`
    const s3 = new S3Client(ours)
    await s3.send(new CreateBucketCommand({ Bucket }))
    for (const Key of ['orders/1', 'private/1']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'order 1' }))
    const resource = { kind: 'prefix', bucket: Bucket, prefix: 'orders/' } as const
    const grant = await grants.create({ name: 'exports', partner, owner: home, resource, actions: ['read'] })
    const roleArn = await deployed(grant)
    await grants.accept(grant.id, { roleArns: [roleArn] })
    const client = new S3Client({ ...theirs, credentials: roleOf(roleArn) })
    const get = (Key: string) => client.send(new GetObjectCommand({ Bucket, Key }))
    const list = (Prefix: string) => client.send(new ListObjectsV2Command({ Bucket, Prefix }))
    expect(await (await get('orders/1')).Body?.transformToString()).toBe('order 1')
    expect((await list('orders/')).KeyCount).toBe(1)
    await expect(get('private/1')).rejects.toThrow(/denied|not authorized/i)
    await expect(list('private/')).rejects.toThrow(/denied|not authorized/i)
    await grants.revoke(grant.id)
    await expect(get('orders/1')).rejects.toThrow(/denied|not authorized/i)
    await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toThrow(/policy does not exist/)
  })

  it('where a stack has the policy, is accepted when the stack names the role, and revoked when it does no more', {
    timeout: 120_000,
  }, async () => {
    const EdgeName = `granted-${unique()}`
    const roleArn = `arn:aws:iam::${partner}:role/stack-sender`
    const edge = async (SenderPrincipalArns: string) => {
      const { outputs } = await sandbox.deploy({
        template: join(root, 'infra/edge.yaml'),
        account: 'home',
        stack: EdgeName,
        parameters: { EdgeName, PartnerAccountId: partner, SenderPrincipalArns },
      })
      return { kind: 'edge', queueArn: outputs.QueueArn ?? '', keyArn: outputs.KeyArn ?? '' } as const
    }
    const resource = await edge('')
    const grant = await grants.create({ name: 'of a stack', partner, resource, actions: ['send'] })
    const accept = () => grants.accept(grant.id, { roleArns: [roleArn] })
    await expect(accept()).rejects.toMatchObject({
      code: 'StackOwnsPolicy',
      stackName: EdgeName,
      message: expect.stringContaining(`${roleArn} among its SenderPrincipalArns`),
    })
    expect((await grants.get(grant.id)).state).toBe('created')
    await edge(roleArn)
    const { grant: active } = await accept()
    expect(active.placed).toEqual([
      { arn: resource.queueArn, stack: EdgeName },
      { arn: resource.keyArn, stack: EdgeName },
    ])
    await expect(grants.revoke(grant.id)).rejects.toThrow(/still lets in .*stack-sender\. Take that out of the stack's/)
    expect((await grants.get(grant.id)).state).toBe('revoking')
    expect(await grants.test(grant.id)).toMatchObject({ asItShouldBe: false, checks: [{ came: 'revoking' }] })
    await edge('')
    expect((await grants.revoke(grant.id)).grant.state).toBe('revoked')
    // One role of two.
    const two = await grants.create({ name: 'two', partner, resource, actions: ['send'] })
    await edge(`${roleArn},${roleArn}-2`)
    await grants.accept(two.id, { roleArns: [roleArn, `${roleArn}-2`] })
    const narrow = () => grants.revoke(two.id, { roleArns: [roleArn] })
    await expect(narrow()).rejects.toThrow(/still lets in .*stack-sender\. Take that out/)
    await edge(`${roleArn}-2`)
    expect((await narrow()).grant).toMatchObject({ state: 'active', principals: [`${roleArn}-2`] })
    const ending = await grants.create({
      name: 'x',
      partner,
      resource,
      actions: ['send'],
      until: new Date('2099-01-01'),
    })
    await expect(grants.accept(ending.id, { roleArns: [roleArn] })).rejects.toThrow(/its template knows no end/)
  })

  it('is accepted by twelve at once on one queue, and every statement is there', async () => {
    const { others, policy, resource } = await ownQueue()
    const roleArn = `arn:aws:iam::${partner}:role/any`
    const ids = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const by = createGrants({ table, client: ours })
        const { id } = await by.create({ name: 'racer', partner, resource, actions: ['send'] })
        await by.accept(id, { roleArns: [roleArn] })
        return id
      }),
    )
    const { Statement } = await policy()
    expect(Statement).toHaveLength(others.length + 12)
    expect(Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual(
      expect.arrayContaining(ids.map((id) => `CausewayGrant${id}1`)),
    )
  })
})

describe('what has an end', () => {
  it('is refused from then on, to sessions that are open, too, reads as expired, and is taken out later', async () => {
    const { QueueUrl, others, policy, resource } = await ownQueue()
    const until = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 8_000)
    const asked = await askedFor({ until })
    const given = await grants.create({ name: 'short', partner, resource, actions: ['send'], until })
    const [askedRole, givenRole] = [await deployed(asked), await deployed(given)]
    await grants.accept(asked.id, { roleArns: [askedRole] })
    await grants.accept(given.id, { roleArns: [givenRole] })
    const externalId = await externalIdOf(asked)
    const [ourSession, theirSession] = [roleOf(askedRole, externalId), roleOf(givenRole)]
    const { stream = '' } = parseExportedGrant('', await grants.export(asked.id, 'reader'))
    await shards(stream, ourSession)
    await send(QueueUrl, theirSession)
    await sleep(until.getTime() - Date.now() + 100)
    for (const { id } of [asked, given]) expect((await grants.get(id)).state).toBe('expired')
    await expect(roleOf(askedRole, externalId)()).rejects.toThrow(/STS refuses/)
    await expect(shards(stream, ourSession)).rejects.toThrow(/not authorized/)
    await expect(send(QueueUrl, theirSession)).rejects.toThrow(/not authorized|denied/i)
    await expect(grants.export(asked.id, 'template')).rejects.toThrow(/^The grant \w+ has ended, so /)
    expect((await policy()).Statement).toHaveLength(2)
    const revoked: string[] = []
    const summary = await grants.revokeExpired({ onRevoked: ({ grant }) => revoked.push(grant.id) })
    expect(summary).toEqual({ revoked: 2, failed: 0, left: 0 })
    expect(revoked.sort()).toEqual([asked.id, given.id].sort())
    expect((await policy()).Statement).toEqual(others)
    await expect(externalIdOf(asked)).rejects.toThrow()
    expect(await grants.revokeExpired()).toEqual({ revoked: 0, failed: 0, left: 0 })
  })
})

describe('what is killed in the middle', () => {
  it('changing a policy holds up the next one for as long as its time goes, and no longer', async () => {
    const { policy, resource } = await ownQueue()
    const until = Date.now() + 2_500
    const said: string[] = []
    const by = createGrants({ table, client: ours, onWarning: ({ message }) => said.push(message) })
    const Item = {
      pk: { S: 'policy' },
      sk: { S: resource.queueArn },
      holder: { S: 'killed' },
      until: { N: `${until}` },
    }
    await new DynamoDBClient(ours).send(new PutItemCommand({ TableName: table, Item }))
    const { id } = await by.create({ name: 'next', partner, resource, actions: ['send'] })
    await by.accept(id, { roleArns: [`arn:aws:iam::${partner}:role/any`] })
    expect(Date.now()).toBeGreaterThan(until)
    expect(said).toEqual([expect.stringMatching(/^Another is changing the policy of .* 30 s at most\.$/)])
    expect((await policy()).Statement).toHaveLength(2)
  })

  it('changing a policy does not hold up the same one when it is run again', async () => {
    const { resource } = await ownQueue()
    const { id } = await grants.create({ name: 'again', partner, resource, actions: ['send'] })
    const by = `arn:aws:iam::${home}:user/administrator ${id}`
    const until = { N: `${Date.now() + 30_000}` }
    const Item = { pk: { S: 'policy' }, sk: { S: resource.queueArn }, holder: { S: 'killed' }, by: { S: by }, until }
    await new DynamoDBClient(ours).send(new PutItemCommand({ TableName: table, Item }))
    await grants.accept(id)
    expect(Date.now()).toBeLessThan(Number(until.N) - 15_000)
  })

  it('accepting and revoking go on when they are run again', async () => {
    const { others, policy, keyPolicy, resource } = await ownQueue()
    const keyBefore = await keyPolicy()
    const grant = await grants.create({ name: 'killed', partner, resource, actions: ['send'] })
    const roleArns = [`arn:aws:iam::${partner}:role/any`]
    await expect(killedAt('PutKeyPolicy').accept(grant.id, { roleArns })).rejects.toThrow('killed')
    expect((await grants.get(grant.id)).state).toBe('accepting')
    await expect(grants.rotate(grant.id)).rejects.toThrow(/has no ExternalId/)
    expect((await grants.accept(grant.id, { roleArns })).grant.state).toBe('active')
    await expect(killedAt('PutKeyPolicy').revoke(grant.id)).rejects.toThrow('killed')
    expect((await grants.get(grant.id)).state).toBe('revoking')
    await grants.revoke(grant.id)
    expect((await policy()).Statement).toEqual(others)
    expect(await keyPolicy()).toEqual(keyBefore)
  })
})

/** Grants whose process ends right after AWS has done one thing, and before it knows. */
function killedAt(operation: string, clock: Clock = systemClock): Grants {
  return createGrants({
    table,
    clock,
    client: { ...ours, maxAttempts: 1 },
    onClient(client) {
      const stack = client.middlewareStack as SQSClient['middlewareStack']
      stack.add(
        (next, { commandName }) =>
          async (args) => {
            const answer = await next(args)
            if (commandName === `${operation}Command`) throw new Error('killed')
            return answer
          },
        { step: 'initialize', name: 'killed' },
      )
      return client
    },
  })
}

describe('an ExternalId is replaced, with the partner', () => {
  it('in four steps, each of which says what is waited for', async () => {
    let now = Date.now()
    const clock = { now: () => now, monotonic: () => performance.now() }
    const by = createGrants({ table, client: ours, clock })
    const grant = await askedFor({}, by)
    const roleArn = await deployed(grant, by)
    await by.accept(grant.id, { roleArns: [roleArn] })
    const old = await externalIdOf(grant)

    expect(await by.rotate(grant.id)).toMatchObject({
      grant: { rotation: { step: 'offered' } },
      waitsFor: expect.stringMatching(/^The partner has to deploy .* with both ExternalIds/),
    })
    expect(await by.rotate(grant.id)).toMatchObject({ done: [] })
    expect(await externalIdOf(grant)).toBe(old)
    await expect(roleOf(roleArn, old)()).resolves.toBeDefined()

    await deployed(grant, by)
    expect(await by.rotate(grant.id)).toMatchObject({
      grant: { rotation: { step: 'switched' } },
      waitsFor: expect.stringMatching(/^Who uses the grant may hold the old ExternalId for 300 s more/),
    })
    const renewed = await externalIdOf(grant)
    expect(renewed).not.toBe(old)
    await expect(roleOf(roleArn, old)()).resolves.toBeDefined()
    await expect(roleOf(roleArn, renewed)()).resolves.toBeDefined()
    await expect(by.export(grant.id, 'template')).rejects.toThrow(/may hold the old one for 300 s more/)

    now += 301_000
    expect(await by.rotate(grant.id)).toMatchObject({
      done: [],
      waitsFor: expect.stringMatching(/with the new ExternalId only: its role still accepts the old one/),
    })
    await deployed(grant, by)
    const { grant: over, waitsFor } = await by.rotate(grant.id)
    expect({ rotation: over.rotation, waitsFor }).toEqual({ rotation: undefined, waitsFor: undefined })
    await expect(roleOf(roleArn, old)()).rejects.toThrow(/STS refuses/)
    await expect(roleOf(roleArn, renewed)()).resolves.toBeDefined()
    expect((await by.history(grant.id)).map(({ what }) => what)).toEqual([
      'create',
      'accept',
      'rotate: offer',
      'rotate: switch',
      'rotate: over',
    ])
  })

  it('and comes to the same when it is killed after each thing that it does', { timeout: 120_000 }, async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    await grants.accept(grant.id, { roleArns: [roleArn] })
    const old = await externalIdOf(grant)
    const step = (by: Grants) => by.rotate(grant.id, { heldFor: 0 })

    await expect(step(killedAt('TransactWriteItems'))).rejects.toThrow('killed')
    await expect(killedAt('PutSecretValue').export(grant.id, 'template')).rejects.toThrow('killed')
    await step(grants)
    await deployed(grant)
    await expect(step(killedAt('UpdateSecretVersionStage'))).rejects.toThrow('killed')
    // Switched, and not on record yet: what is exported still has both.
    await deployed(grant)
    for (const id of [old, await externalIdOf(grant)]) await expect(roleOf(roleArn, id)()).resolves.toBeDefined()
    await expect(step(killedAt('TransactWriteItems'))).rejects.toThrow('killed')
    await step(grants)
    await deployed(grant)
    await expect(step(killedAt('UpdateSecretVersionStage'))).rejects.toThrow('killed')
    await expect(step(killedAt('TransactWriteItems'))).rejects.toThrow('killed')
    expect((await grants.get(grant.id)).grant.rotation).toBeUndefined()
    await expect(roleOf(roleArn, old)()).rejects.toThrow(/STS refuses/)
    await expect(roleOf(roleArn, await externalIdOf(grant))()).resolves.toBeDefined()
    // A second one begins anew.
    await expect(step(grants)).resolves.toMatchObject({ grant: { rotation: { step: 'offered' } } })
  })
})

describe('two who change one grant', () => {
  it('do not undo one another: of a hundred one wins, and the others are told what is different', async () => {
    const { resource } = await ownQueue()
    const { id } = await grants.create({ name: 'raced', partner, resource, actions: ['send'] })
    // Each has read the grant before any has written it.
    let waiting = 100
    let go = () => {}
    const all = new Promise<void>((resolve) => {
      go = resolve
    })
    const racer = () =>
      createGrants({
        table,
        client: ours,
        onClient(client) {
          const stack = client.middlewareStack as SQSClient['middlewareStack']
          stack.add(
            (next, { commandName }) =>
              async (args) => {
                if (commandName !== 'TransactWriteItemsCommand') return next(args)
                waiting -= 1
                if (waiting === 0) go()
                await all
                return next(args)
              },
            { step: 'initialize' },
          )
          return client
        },
      })
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => racer().revoke(id)))
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
    expect(lost).toHaveLength(99)
    for (const reason of lost) {
      expect(reason).toBeInstanceOf(GrantConflict)
      expect(reason.message).toMatch(
        /was changed by arn:aws:iam::111111111111:user\/administrator at .*: state created -> revok/,
      )
    }
    expect((await grants.history(id)).map(({ what }) => what)).toEqual(['create', 'revoke: begin', 'revoke'])
  })

  /** Grants that, once they have begun to accept, let somebody else come first. */
  function overtakenBy(other: () => Promise<unknown>): Grants {
    let isFirst = true
    return createGrants({
      table,
      client: ours,
      onClient(client) {
        const stack = client.middlewareStack as SQSClient['middlewareStack']
        stack.add(
          (next, { commandName }) =>
            async (args) => {
              const answer = await next(args)
              if (commandName !== 'TransactWriteItemsCommand' || !isFirst) return answer
              isFirst = false
              await other()
              return answer
            },
          { step: 'initialize' },
        )
        return client
      },
    })
  }

  it('leave nothing in a policy of what one has revoked while the other accepted it', async () => {
    const { others, policy, resource } = await ownQueue()
    const { id } = await grants.create({ name: 'overtaken', partner, resource, actions: ['send'] })
    await expect(overtakenBy(() => grants.revoke(id)).accept(id)).rejects.toThrow(GrantConflict)
    expect((await grants.get(id)).state).toBe('revoked')
    expect((await policy()).Statement).toEqual(others)
  })

  it('have the policy let in the roles that are on record, where both accept', async () => {
    const { policy, resource } = await ownQueue()
    const { id } = await grants.create({ name: 'overtaken', partner, resource, actions: ['send'] })
    const [mine, theirs] = ['mine', 'theirs'].map((name) => [`arn:aws:iam::${partner}:role/${name}`])
    const first = overtakenBy(() => grants.accept(id, { roleArns: theirs ?? [] }))
    await expect(first.accept(id, { roleArns: mine ?? [] })).rejects.toThrow(/principals/)
    expect(await grants.get(id)).toMatchObject({ state: 'active', grant: { principals: theirs } })
    expect(JSON.stringify(await policy())).toContain('role/theirs')
    expect(JSON.stringify(await policy())).not.toContain('role/mine')
  })

  it('are told of a record that is not as Causeway writes it, and of which', async () => {
    const parameters = { TableName: 'grants-unreadable' }
    await sandbox.deploy({
      template: join(root, 'infra/grants.yaml'),
      account: 'home',
      stack: 'unreadable',
      parameters,
    })
    const by = createGrants({ table: parameters.TableName, client: ours })
    const grant = await askedFor({}, by)
    const version = JSON.stringify({ ...(await by.get(grant.id)), state: undefined, novelty: true })
    for (const [text, what] of [
      [version, 'novelty'],
      ['{', 'all of it'],
    ] as const) {
      const Item = { pk: { S: 'grant' }, sk: { S: grant.id }, version: { N: '1' }, record: { S: text } }
      await new DynamoDBClient(ours).send(new PutItemCommand({ TableName: parameters.TableName, Item }))
      const sentence = `The record grant ${grant.id} of the table grants-unreadable is not as this Causeway writes it (${what}`
      await expect(by.get(grant.id)).rejects.toThrow(sentence)
      await expect(by.list()).rejects.toThrow(sentence)
    }
    expect(await by.history(grant.id)).toHaveLength(1)
  })

  it('have every version kept, and none of it has an ExternalId in it', async () => {
    const grant = await askedFor()
    await deployed(grant)
    const query = new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `grant#${grant.id}` } },
    })
    const { Items = [] } = await new DynamoDBClient(ours).send(query)
    expect(Items).toHaveLength(1)
    expect(JSON.stringify(Items)).not.toContain(await externalIdOf(grant))
  })
})

describe('what cannot be granted', () => {
  const queue = (account: string) => `arn:aws:sqs:eu-central-2:${account}:orders`
  const key = (account: string) => `arn:aws:kms:eu-central-2:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  const streamArn = (account: string) => `arn:aws:kinesis:eu-central-2:${account}:stream/orders`
  it.each([
    [
      'what is of a third account',
      { resource: { kind: 'stream', streamArn: streamArn('333333333333') } },
      /of account 333333333333, which is neither/,
    ],
    [
      'a stream of ours, which has no policy',
      { resource: { kind: 'stream', streamArn: streamArn(home) } },
      /Let the partner create the grant/,
    ],
    ['a bucket of nobody', { resource: { kind: 'prefix', bucket: 'exports', prefix: '' } }, /owner is missing/],
    [
      'a prefix without its slash',
      { resource: { kind: 'prefix', bucket: 'exports', prefix: 'orders' }, owner: partner },
      /must end with a slash/,
    ],
    [
      'every stream',
      { resource: { kind: 'stream', streamArn: streamArn(partner).replace('orders', '*') } },
      /without wildcards/,
    ],
    [
      'an edge of ours under a key of the partner',
      { resource: { kind: 'edge', queueArn: queue(home), keyArn: key(partner) }, actions: ['send'] },
      /keyArn must be of your own account/,
    ],
    ['what has ended', { until: new Date(0) }, /until must be a time to come/],
    ['to ourselves', { partner: home }, /partner must be another account than yours/],
    [
      'by roles of another account',
      { principals: [`arn:aws:iam::${partner}:role/x`] },
      /principals must be roles and users of your own/,
    ],
    ['another action', { actions: ['write'] }, /actions must be read/],
  ])('%s is refused in a sentence', async (_, wrong, sentence) => {
    const good = { name: 'x', partner, resource: { kind: 'stream', streamArn: streamArn(partner) }, actions: ['read'] }
    await expect(grants.create({ ...good, ...wrong } as Parameters<Grants['create']>[0])).rejects.toThrow(sentence)
  })
})

describe('causeway grant', () => {
  let env: Record<string, string>
  beforeAll(async () => {
    env = await variablesOf('home')
  })
  /** A role of the partner's of plain policies, as `export --policy` writes them. */
  async function makeRole(RoleName: string, policies: string): Promise<void> {
    const { trust, permissions } = JSON.parse(await readFile(policies, 'utf8'))
    const iam = new IAMClient(theirs)
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }))
    const PolicyDocument = JSON.stringify(permissions)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'grant', PolicyDocument }))
  }
  const run = (...args: string[]) => causeway(['grant', ...args], { env })

  it('never prints the ExternalId, and writes it into a file that nobody else reads', async () => {
    const name = `cli ${unique()}`
    const created = await run('create', '--name', name, '--partner', partner, '--stream', await stream())
    const id = created.stdout.trim()
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    const file = join(folder, 'exported.json')
    await writeFile(file, '', { mode: 0o644 })
    const printed = [created, await run('export', name, '--to', file)]
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const { outputs } = await sandbox.deploy({ template: file, account: 'partner', stack: `grant-${id}` })
    printed.push(await run('accept', name, '--role-arn', outputs.RoleArn ?? '', '--json'))
    const reader = join(folder, 'reader.json')
    for (const args of [
      ['export', id, '--to', reader, '--for-reader'],
      ['test', '--grant', reader],
      ['test', id, '--json'],
      ['list'],
      ['show', id],
      ['show', id, '--json'],
      ['rotate', id],
      ['revoke', id, '--json'],
    ]) {
      printed.push(await run(...args))
    }
    expect(printed.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(printed.map(() => 0))
    const exported = await readFile(file, 'utf8')
    const [externalId = ''] =
      JSON.parse(exported).Resources.Role.Properties.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals[
        'sts:ExternalId'
      ]
    expect(externalId).toMatch(/^[0-9a-f]{64}$/)
    const all = [...printed.flatMap(({ stdout, stderr }) => [stdout, stderr]), await readFile(reader, 'utf8')].join('')
    expect(all).not.toContain(externalId)
  })

  it('test ends with 1 and says the likely causes where the partner lets you in no more', async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    await grants.accept(grant.id, { roleArns: [roleArn] })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: partner }, Action: 'sts:AssumeRole' }],
    })
    const RoleName = roleArn.split('/').at(-1)
    await new IAMClient(theirs).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    const { code, stdout } = await run('test', grant.id)
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^wrong {3}assume .* with the ExternalId: refused with AccessDenied: .*\n +Most likely, in this order:\n +1 /m,
    )
  })

  it('test is run by the partner, too, with what it was given and its own credentials', async () => {
    const { resource } = await ownQueue()
    const grant = await grants.create({ name: 'theirs', partner, resource, actions: ['receive'] })
    await grants.accept(grant.id, { roleArns: [await deployed(grant)] })
    const file = join(folder, 'theirs.json')
    expect((await run('export', grant.id, '--to', file, '--for-reader')).code).toBe(0)
    const env = await variablesOf('partner')
    const theirTest = () => causeway(['grant', 'test', '--grant', file], { env })
    expect(await theirTest()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok {6}look at the attributes/m),
    })
    await grants.revoke(grant.id)
    const { code, stdout } = await theirTest()
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^ok {6}assume .*: allowed\nwrong {3}look at the attributes of .*: refused with AccessDenied/m,
    )
  })

  it('--help has examples that work as they stand, one after the other', { timeout: 120_000 }, async () => {
    const CAUSEWAY_GRANTS_TABLE = 'grants-of-examples'
    const parameters = { TableName: CAUSEWAY_GRANTS_TABLE }
    await sandbox.deploy({ template: join(root, 'infra/grants.yaml'), account: 'home', stack: 'examples', parameters })
    const client = new KinesisClient({ ...theirs, requestHandler: new NodeHttpHandler() })
    const create = new CreateStreamCommand({ StreamName: 'demo-orders', ShardCount: 1 })
    await client.send(create).catch((error: Error) => expect(error.name).toBe('ResourceInUseException'))
    const tried: string[] = []
    for (const verb of ['create', 'list', 'show', 'export', 'accept', 'export', 'test', 'rotate', 'revoke']) {
      const { stdout } = await run(verb, '--help')
      for (const [, example = ''] of stdout.matchAll(/^ {2}\$ ((?:.*\\\n)*.*)$/gm)) {
        const isAccepted = tried.some((earlier) => earlier.includes('grant accept'))
        if (/for-reader|kinesis read|test --grant/.test(example) && !isAccepted) continue
        if (example.includes('revoke invoices')) continue // that edge is nobody's
        if (verb === 'accept') await makeRole('orders-reader', join(folder, 'orders-policies.json'))
        const { code, stderr } = await shell(`cd ${folder} && ${example}`, { env: { ...env, CAUSEWAY_GRANTS_TABLE } })
        expect(code, `${example}\n${stderr}`).toBe(0)
        tried.push(example)
      }
    }
    expect(tried.length).toBeGreaterThan(15)
  })

  it('accept says the likely causes of a denial', async () => {
    const grant = await askedFor()
    const roleArn = `arn:aws:iam::${partner}:role/causeway-grant-${grant.id}`
    const { code, stderr } = await run('accept', grant.id, '--role-arn', roleArn)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^The role .* does not let you in: has the partner deployed .*\? AWS says: AccessDenied: .*\nMost likely, in this order:\n {2}1 {2}/,
    )
  })

  it.each([
    [
      'nothing to grant',
      ['create', '--name', 'x', '--partner', partner],
      2,
      /by one of --edge, --stream, --bucket and --topic/,
    ],
    [
      'an edge without its key',
      ['create', '--name', 'x', '--partner', partner, '--edge', 'x'],
      2,
      /--edge needs --key, too/,
    ],
    [
      'an end that is past',
      [
        'create',
        '--name',
        'x',
        '--partner',
        partner,
        '--bucket',
        'exports',
        '--owner',
        partner,
        '--until',
        '2020-01-01',
      ],
      2,
      /^--until must be a time to come/,
    ],
    [
      'a bucket without its owner',
      ['create', '--name', 'x', '--partner', partner, '--bucket', 'exports'],
      2,
      /^--owner is missing/,
    ],
    [
      'what is no stream',
      ['create', '--name', 'x', '--partner', partner, '--stream', 'arn:aws:kinesis:eu-central-2:222222222222:stream/*'],
      2,
      /^--stream must be the ARN of a Kinesis stream/,
    ],
    [
      'an action of another kind',
      ['create', '--name', 'x', '--partner', partner, '--bucket', 'exports', '--owner', partner, '--action', 'send'],
      2,
      /^--action must be read for a resource of the kind prefix/,
    ],
    [
      'a grant that there is not',
      ['show', '0123456789abcdef'],
      1,
      /^There is no grant 0123456789abcdef in the table causeway-grants/,
    ],
    ['a name that there is not', ['show', 'nobody'], 2, /^There is no grant called nobody/],
    [
      'a table that there is not',
      ['list', '--table', 'nowhere'],
      1,
      /^dynamodb:Query on nowhere failed: ResourceNotFoundException/,
    ],
    ['two ways to say which', ['revoke', 'x', '--expired'], 2, /by its id, or --expired/],
  ])('refuses %s, in a sentence', async (_, args, exit, sentence) => {
    const { code, stderr } = await run(...args)
    expect(stderr).toMatch(sentence)
    expect(code).toBe(exit)
  })
})
