import { join } from 'node:path'
import {
  CreateBucketCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createGrants } from '@causeway-aws/grants'
import { describe, expect, it } from 'vitest'
import { root, testSandbox } from '../../sandbox.ts'
import { home, partner, table, testGrants, unique } from './shared.ts'

const sandbox = testSandbox()
const shared = testGrants()
const { deployed, ownQueue, roleOf, send, killedAt } = shared

describe('what is shared.ours, by the partner’s own role', () => {
  it('is let in by the queue and the key, is used, and revoked: what is left is what was there', async () => {
    const { QueueUrl, others, policy, keyPolicy, resource } = await ownQueue()
    const keyBefore = await keyPolicy()
    const grant = await shared.grants.create({ name: 'own', partner, resource, actions: ['send'] })
    const roleArn = await deployed(grant)
    const credentials = roleOf(roleArn)
    await expect(send(QueueUrl, credentials)).rejects.toThrow(/not authorized|denied/i)
    const { grant: active } = await shared.grants.accept(grant.id, { roleArns: [roleArn] })
    expect(active).toMatchObject({ state: 'active', placed: [{ arn: resource.queueArn }, { arn: resource.keyArn }] })
    await send(QueueUrl, credentials)
    // Nobody else of the partner's, and the role nothing else.
    await expect(send(QueueUrl, async () => shared.theirs.credentials)).rejects.toThrow(/not authorized|denied/i)
    const receive = new SQSClient({ ...shared.theirs, credentials }).send(new ReceiveMessageCommand({ QueueUrl }))
    await expect(receive).rejects.toThrow(/not authorized|denied/i)
    expect(await shared.grants.test(grant.id)).toMatchObject({ asItShouldBe: true, checks: { length: 3 } })
    expect((await policy()).Statement).toEqual([
      ...others,
      expect.objectContaining({ Sid: `CausewayGrant${grant.id}1` }),
    ])

    const { done } = await shared.grants.revoke(grant.id)
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
    const grant = await shared.grants.create({ name: 'two', partner, resource, actions: ['send'] })
    const roleArn = await deployed(grant)
    const other = `arn:aws:iam::${partner}:role/other`
    await shared.grants.accept(grant.id, { roleArns: [roleArn, other] })
    const credentials = roleOf(roleArn)
    await send(QueueUrl, credentials)
    // Killed before any policy was changed, and run again.
    await expect(killedAt('TransactWriteItems').revoke(grant.id, { roleArns: [roleArn] })).rejects.toThrow('killed')
    const { grant: narrowed } = await shared.grants.revoke(grant.id, { roleArns: [roleArn] })
    expect(narrowed).toMatchObject({ state: 'active', principals: [other] })
    await expect(send(QueueUrl, credentials)).rejects.toThrow(/not authorized|denied/i)
    expect(JSON.stringify(await policy())).toContain(other)
    expect(await shared.grants.test(grant.id)).toMatchObject({ asItShouldBe: true })
    expect((await shared.grants.revoke(grant.id, { roleArns: [other] })).grant.state).toBe('revoked')
    expect((await policy()).Statement).toEqual(others)
  })

  it('is revoked also where the queue is gone', async () => {
    const { QueueUrl, resource } = await ownQueue()
    const grant = await shared.grants.create({ name: 'gone', partner, resource, actions: ['send'] })
    await shared.grants.accept(grant.id, { roleArns: [`arn:aws:iam::${partner}:role/any`] })
    await new SQSClient(shared.ours).send(new DeleteQueueCommand({ QueueUrl }))
    expect((await shared.grants.revoke(grant.id)).grant.state).toBe('revoked')
  })

  it('is a prefix of a bucket, and not what is beside it', async () => {
    const Bucket = `exports-${unique()}`
    const s3 = new S3Client(shared.ours)
    await s3.send(new CreateBucketCommand({ Bucket }))
    for (const Key of ['orders/1', 'private/1']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'order 1' }))
    const resource = { kind: 'prefix', bucket: Bucket, prefix: 'orders/' } as const
    const grant = await shared.grants.create({ name: 'exports', partner, owner: home, resource, actions: ['read'] })
    const roleArn = await deployed(grant)
    await shared.grants.accept(grant.id, { roleArns: [roleArn] })
    const client = new S3Client({ ...shared.theirs, credentials: roleOf(roleArn) })
    const get = (Key: string) => client.send(new GetObjectCommand({ Bucket, Key }))
    const list = (Prefix: string) => client.send(new ListObjectsV2Command({ Bucket, Prefix }))
    expect(await (await get('orders/1')).Body?.transformToString()).toBe('order 1')
    expect((await list('orders/')).KeyCount).toBe(1)
    await expect(get('private/1')).rejects.toThrow(/denied|not authorized/i)
    await expect(list('private/')).rejects.toThrow(/denied|not authorized/i)
    await shared.grants.revoke(grant.id)
    await expect(get('orders/1')).rejects.toThrow(/denied|not authorized/i)
    await expect(s3.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toThrow(/policy does not exist/)
  })

  it('where a stack has the policy, is accepted when the stack names the role, and revoked when it does no more', {
    timeout: 120_000,
  }, async () => {
    const EdgeName = `granted-${unique()}`
    const roleArn = `arn:aws:iam::${partner}:role/stack-sender`
    const edge = async (SenderPrincipalArns: string, ReceiverPrincipalArns = '') => {
      const { outputs } = await sandbox.deploy({
        template: join(root, 'infra/edge.yaml'),
        account: 'home',
        stack: EdgeName,
        parameters: { EdgeName, PartnerAccountId: partner, SenderPrincipalArns, ReceiverPrincipalArns },
      })
      return { kind: 'edge', queueArn: outputs.QueueArn ?? '', keyArn: outputs.KeyArn ?? '' } as const
    }
    const resource = await edge('')
    const grant = await shared.grants.create({ name: 'of a stack', partner, resource, actions: ['send'] })
    const accept = () => shared.grants.accept(grant.id, { roleArns: [roleArn] })
    await expect(accept()).rejects.toMatchObject({
      code: 'StackOwnsPolicy',
      stackName: EdgeName,
      message: expect.stringContaining(`${roleArn} among its SenderPrincipalArns`),
    })
    expect((await shared.grants.get(grant.id)).state).toBe('created')
    await edge(roleArn)
    const { grant: active } = await accept()
    expect(active.placed).toEqual([
      { arn: resource.queueArn, stack: EdgeName },
      { arn: resource.keyArn, stack: EdgeName },
    ])
    await expect(shared.grants.revoke(grant.id)).rejects.toThrow(
      /still lets in .*stack-sender\. Take that out of the stack's/,
    )
    expect((await shared.grants.get(grant.id)).state).toBe('revoking')
    expect(await shared.grants.test(grant.id)).toMatchObject({
      asItShouldBe: false,
      checks: [{ came: 'revoking. Revoke it again, to the end' }],
    })
    await edge('')
    expect((await shared.grants.revoke(grant.id)).grant.state).toBe('revoked')
    // One role of two.
    const two = await shared.grants.create({ name: 'two', partner, resource, actions: ['send'] })
    await edge(`${roleArn},${roleArn}-2`)
    await shared.grants.accept(two.id, { roleArns: [roleArn, `${roleArn}-2`] })
    const narrow = () => shared.grants.revoke(two.id, { roleArns: [roleArn] })
    await expect(narrow()).rejects.toThrow(/still lets in .*stack-sender\. Take that out/)
    await edge(`${roleArn}-2`)
    expect((await narrow()).grant).toMatchObject({ state: 'active', principals: [`${roleArn}-2`] })
    // What a stack has taken out half of is not revoked: one role of two, sending and not receiving.
    const both = await shared.grants.create({ name: 'both', partner, resource, actions: ['send'] })
    await edge(`${roleArn},${roleArn}-2`)
    await shared.grants.accept(both.id, { roleArns: [roleArn, `${roleArn}-2`] })
    await edge(`${roleArn}-2`)
    await expect(shared.grants.revoke(both.id)).rejects.toThrow(/still lets in [^,]*stack-sender-2\. Take that out/)
    expect((await shared.grants.get(both.id)).state).toBe('revoking')
    // The same role goes on sending, and so uses the key, when it is to receive no more.
    const received = await shared.grants.create({ name: 'received', partner, resource, actions: ['receive'] })
    await edge(roleArn, roleArn)
    await shared.grants.accept(received.id, { roleArns: [roleArn] })
    await expect(shared.grants.revoke(received.id)).rejects.toThrow(/among its ReceiverPrincipalArns/)
    await edge(roleArn)
    expect((await shared.grants.revoke(received.id)).grant.state).toBe('revoked')
    const ending = await shared.grants.create({
      name: 'x',
      partner,
      resource,
      actions: ['send'],
      until: new Date('2099-01-01'),
    })
    await expect(shared.grants.accept(ending.id, { roleArns: [roleArn] })).rejects.toThrow(/its template knows no end/)
  })

  it('is accepted by twelve at once on one queue, and every statement is there', async () => {
    const { others, policy, resource } = await ownQueue()
    const roleArn = `arn:aws:iam::${partner}:role/any`
    const ids = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const by = createGrants({ table, client: shared.ours })
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
