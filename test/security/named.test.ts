import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole } from '@causeway-aws/auth'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'

/*
 * The partner's roles here may do everything to every queue and bucket as far as the partner's account goes, so that what
 * is refused is refused by the edge's own policies.
 */
const sandbox = testSandbox()
const template = join(root, 'infra/edge.yaml')
const roleArn = (name: string) => `arn:aws:iam::222222222222:role/${name}`
const parameters = {
  EdgeName: 'transfers',
  TriggerEnabled: 'false',
  PartnerAccountId: '222222222222',
  SenderPrincipalArns: roleArn('transfers-sender'),
  ReceiverPrincipalArns: roleArn('transfers-receiver'),
}

let edge: Record<string, string>
/** A role of the partner's that may do everything to queues and buckets. */
interface MightyRole {
  readonly sqs: SQSClient
  readonly s3: S3Client
}

let sender: MightyRole
let receiver: MightyRole
let bystander: MightyRole

beforeAll(async () => {
  edge = (await sandbox.deploy({ template, account: 'home', stack: 'transfers', parameters })).outputs
  ;[sender, receiver, bystander] = await Promise.all([
    mightyRole('transfers-sender'),
    mightyRole('transfers-receiver'),
    mightyRole('transfers-bystander'),
  ])
})

const denied = { name: 'AccessDenied' }
const send = () =>
  new SendMessageCommand({
    QueueUrl: edge.QueueUrl,
    MessageBody: 'payment 1',
    MessageGroupId: 'named',
    MessageDeduplicationId: crypto.randomUUID(),
  })
const receive = () => new ReceiveMessageCommand({ QueueUrl: edge.QueueUrl })
const store = (key = 'transfers/scan') =>
  new PutObjectCommand({ Bucket: edge.BodiesBucketName, Key: key, Body: 'scan of payment 1' })
const load = () => new GetObjectCommand({ Bucket: edge.BodiesBucketName, Key: 'transfers/scan' })
const administer = () => [
  new PurgeQueueCommand({ QueueUrl: edge.QueueUrl }),
  new SetQueueAttributesCommand({ QueueUrl: edge.QueueUrl, Attributes: { VisibilityTimeout: '0' } }),
]

describe('tried: a role that the edge names as a sender', () => {
  it('sends', async () => {
    await expect(sender.sqs.send(send())).resolves.toHaveProperty('MessageId')
  })

  it('is refused a receive, and what would change or empty the queue, by the edge itself', async () => {
    await expect(sender.sqs.send(receive())).rejects.toMatchObject(denied)
    for (const command of administer())
      await expect(sender.sqs.send(command as PurgeQueueCommand)).rejects.toMatchObject(denied)
  })

  it('stores large bodies, below the prefix of the edge only, and reads none', async () => {
    await sender.s3.send(store())
    await expect(sender.s3.send(store('refunds/scan'))).rejects.toMatchObject(denied)
    await expect(sender.s3.send(load())).rejects.toMatchObject(denied)
  })
})

describe('tried: a role that the edge names as a receiver', () => {
  it('receives and deletes, while the function of the edge rests', async () => {
    await sender.sqs.send(send())
    await sleep(1_500) // the function, were it not resting, would have taken it
    const { Messages: [message] = [] } = await receiver.sqs.send(receive())
    expect(message?.Body).toBe('payment 1')
    const { ReceiptHandle } = message ?? {}
    await receiver.sqs.send(new DeleteMessageCommand({ QueueUrl: edge.QueueUrl, ReceiptHandle }))
  })

  it('is refused a send, and what would change or empty the queue, by the edge itself', async () => {
    await expect(receiver.sqs.send(send())).rejects.toMatchObject(denied)
    for (const command of administer()) {
      await expect(receiver.sqs.send(command as PurgeQueueCommand)).rejects.toMatchObject(denied)
    }
  })

  it('reads them, and stores none', async () => {
    await sender.s3.send(store())
    const { Body } = await receiver.s3.send(load())
    expect(await Body?.transformToString()).toBe('scan of payment 1')
    await expect(receiver.s3.send(store())).rejects.toMatchObject(denied)
  })
})

describe('tried: a role of the same partner that the edge does not name', () => {
  it('is refused everything', async () => {
    for (const command of [send(), receive(), ...administer()]) {
      await expect(bystander.sqs.send(command as PurgeQueueCommand)).rejects.toMatchObject(denied)
    }
    await expect(bystander.s3.send(store())).rejects.toMatchObject(denied)
    await expect(bystander.s3.send(load())).rejects.toMatchObject(denied)
  })
})

describe('tried: an edge that names roles and not their account', () => {
  it('is not made', async () => {
    const { PartnerAccountId: _, ...nobodys } = parameters
    const deployment = sandbox.deploy({
      template,
      account: 'home',
      stack: 'nobodys',
      parameters: { ...nobodys, EdgeName: 'nobodys' },
    })
    await expect(deployment).rejects.toThrow('PartnerAccountId is missing')
  })

  it('needs no account where it names none', async () => {
    const { outputs } = await sandbox.deploy({
      template,
      account: 'home',
      stack: 'alone',
      parameters: { EdgeName: 'alone' },
    })
    expect(outputs).toHaveProperty('QueueUrl')
    expect(outputs).not.toHaveProperty('SenderRoleArn')
  })
})

describe('tried: an ExternalId that can be guessed', () => {
  it('is refused, and not shown', async () => {
    const deployment = sandbox.deploy({
      template,
      account: 'home',
      stack: 'guessed',
      parameters: { EdgeName: 'guessed', PartnerAccountId: '222222222222', PartnerExternalIds: 'x'.repeat(31) },
    })
    await expect(deployment).rejects.toThrow(/PartnerExternalIds .*32 to 1224.*not shown/)
  })
})

async function mightyRole(RoleName: string): Promise<MightyRole> {
  const options = { ...clientOptions(await sandbox.credentials('partner')), maxAttempts: 1 }
  const iam = new IAMClient(options)
  const allow = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
  const trust = { Principal: { AWS: 'arn:aws:iam::222222222222:root' }, Action: 'sts:AssumeRole' }
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: allow(trust) }))
  const PolicyDocument = allow({ Action: ['sqs:*', 's3:*', 'kms:*'], Resource: '*' })
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument }))
  const credentials = assumedRole({ roleArn: roleArn(RoleName), sts: new STSClient(options) })
  return { sqs: new SQSClient({ ...options, credentials }), s3: new S3Client({ ...options, credentials }) }
}
