import { setTimeout as sleep } from 'node:timers/promises'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts'
import { assumedRole, policies } from '@causeway-aws/auth'
import { type AccountName, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { deployTestStacks, externalIds, type TestStacks } from '../stacks.ts'

const sandbox = testSandbox()
let stacks: TestStacks
let senderRoleArn: string
let queueUrl: string

beforeAll(async () => {
  stacks = await deployTestStacks(sandbox)
  senderRoleArn = stacks.invoices.SenderRoleArn ?? ''
  queueUrl = stacks.invoices.QueueUrl ?? ''
})

const optionsOf = async (account: AccountName) => ({
  ...clientOptions(await sandbox.credentials(account)),
  maxAttempts: 1,
})
const stsOf = async (account: AccountName) => new STSClient(await optionsOf(account))

const assume = async (client: STSClient, input: Partial<AssumeRoleCommandInput> = {}) => {
  const { Credentials } = await client.send(
    new AssumeRoleCommand({ RoleArn: senderRoleArn, RoleSessionName: 'test', ...input }),
  )
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

/** The session of a sender, as SQS sees it. */
const senderSession = async (input: Partial<AssumeRoleCommandInput> = {}) =>
  new SQSClient({
    ...(await optionsOf('partner')),
    credentials: await assume(await stsOf('partner'), { ExternalId: externalIds[0], ...input }),
  })

const send = () =>
  new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: 'invoice 1',
    MessageGroupId: 'refusals',
    MessageDeduplicationId: crypto.randomUUID(),
  })

describe('tried: the role that the partner assumes', () => {
  it.each(externalIds)('is given with either of its two ExternalIds (%s)', async (ExternalId) => {
    await expect(assume(await stsOf('partner'), { ExternalId })).resolves.toHaveProperty('sessionToken')
  })

  it('is refused with a wrong ExternalId', async () => {
    const attempt = assume(await stsOf('partner'), { ExternalId: `${externalIds[0]}x` })
    await expect(attempt).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('sts:AssumeRole'),
    })
  })

  it('is refused with both ExternalIds as one', async () => {
    const attempt = assume(await stsOf('partner'), { ExternalId: externalIds.join(',') })
    await expect(attempt).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('is refused without an ExternalId', async () => {
    await expect(assume(await stsOf('partner'))).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('is refused to an account that it does not trust, with the right ExternalId and every right of its own', async () => {
    const stranger = new STSClient({ ...(await optionsOf('partner')), credentials: await strangerKeys() })
    await expect(assume(stranger, { ExternalId: externalIds[0] })).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('is refused to a user of home itself', async () => {
    await expect(assume(await stsOf('home'), { ExternalId: externalIds[0] })).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  it('is refused when it does not exist, in the same words, so that nobody learns which roles there are', async () => {
    const RoleArn = `${senderRoleArn}-2`
    const attempt = assume(await stsOf('partner'), { ExternalId: externalIds[0], RoleArn })
    await expect(attempt).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('is refused to a root key, and the sentence says what to use instead', async () => {
    const root = { accessKeyId: '222222222222', secretAccessKey: '222222222222' }
    const sts = new STSClient({ ...(await optionsOf('partner')), credentials: root })
    const attempt = assumedRole({ roleArn: senderRoleArn, externalId: externalIds[0], sts })()
    await expect(attempt).rejects.toMatchObject({
      code: 'RootCannotAssumeRole',
      message: expect.stringMatching(/root user.*policies\.assumeRole/),
    })
  })
})

describe('tried: the session of a sender', () => {
  it('sends', async () => {
    await expect((await senderSession()).send(send())).resolves.toHaveProperty('MessageId')
  })

  it('is refused once it has expired', async () => {
    const client = await senderSession({ DurationSeconds: 1 }) // AWS gives 900 s at least, the emulator what it is asked for
    await sleep(1_200)
    await expect(client.send(send())).rejects.toMatchObject({ name: 'ExpiredToken' })
  })

  it('may do what its session policy allows', async () => {
    const Policy = JSON.stringify(
      policies.edgeSend({ queueArn: stacks.invoices.QueueArn ?? '', keyArn: stacks.invoices.KeyArn ?? '' }),
    )
    await expect((await senderSession({ Policy })).send(send())).resolves.toHaveProperty('MessageId')
  })

  it('is refused what its session policy leaves out, although the role may do it', async () => {
    const Policy = JSON.stringify(
      policies.edgeSend({ queueArn: stacks.readings.QueueArn ?? '', keyArn: stacks.readings.KeyArn ?? '' }),
    )
    await expect((await senderSession({ Policy })).send(send())).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('is refused a receive', async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl })
    await expect((await senderSession()).send(receive)).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it("is refused on another of home's edges", async () => {
    const elsewhere = new SendMessageCommand({ QueueUrl: stacks.readings.QueueUrl, MessageBody: 'reading 1' })
    await expect((await senderSession()).send(elsewhere)).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})

describe("tried: an edge's policy", () => {
  const ownRole = async () =>
    new SQSClient({
      ...(await optionsOf('partner')),
      credentials: await assume(await stsOf('partner'), { RoleArn: stacks.sender.RoleArn }),
    })

  it("lets the partner's own role send, which it names", async () => {
    await expect((await ownRole()).send(send())).resolves.toHaveProperty('MessageId')
  })

  it('refuses that role a receive', async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl })
    await expect((await ownRole()).send(receive)).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('lets it store large bodies of the edge, and neither read them nor store others', async () => {
    const { BodiesBucketName: Bucket, BodiesPrefix } = stacks.invoices
    const credentials = await assume(await stsOf('partner'), { RoleArn: stacks.sender.RoleArn })
    const s3 = new S3Client({ ...(await optionsOf('partner')), credentials })
    const store = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'scan' }))
    await store(`${BodiesPrefix}scan`)
    await expect(store('others/scan')).rejects.toMatchObject({ name: 'AccessDenied' })
    const load = s3.send(new GetObjectCommand({ Bucket, Key: `${BodiesPrefix}scan` }))
    await expect(load).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it("refuses the partner's administrator, whom it does not name", async () => {
    const administrator = new SQSClient(await optionsOf('partner'))
    await expect(administrator.send(send())).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})

/** A user of a third account who may do everything there. */
async function strangerKeys() {
  const root = { accessKeyId: '333333333333', secretAccessKey: '333333333333' }
  const iam = new IAMClient({ ...(await optionsOf('home')), credentials: root })
  await iam.send(new CreateUserCommand({ UserName: 'stranger' }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  })
  await iam.send(new PutUserPolicyCommand({ UserName: 'stranger', PolicyName: 'all', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'stranger' }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}
