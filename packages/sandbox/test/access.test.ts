import { setTimeout as sleep } from 'node:timers/promises'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  RegisterStreamConsumerCommand,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { type ClientOptions, clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { beforeAll, expect, test } from 'vitest'
import { temporaryCheckout } from './temporary-checkout.ts'

const roleArn = 'arn:aws:iam::111111111111:role/sender'

const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement })

let sandbox: Sandbox
let administrator: ClientOptions
let queueUrl: string
beforeAll(async () => {
  const checkout = await temporaryCheckout()
  sandbox = checkout.sandbox
  await sandbox.start({ port: checkout.port })
  administrator = clientOptions(await sandbox.credentials('home'))
  const { QueueUrl = '' } = await new SQSClient(administrator).send(new CreateQueueCommand({ QueueName: 'orders' }))
  queueUrl = QueueUrl
  const iam = new IAMClient(administrator)
  const trust = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'sts:AssumeRole' }
  const send = [
    { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:111111111111:orders' },
    { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::partner-bodies-*/*' },
    {
      Effect: 'Allow',
      Action: 'kinesis:SubscribeToShard',
      Resource: 'arn:aws:kinesis:*:111111111111:*/consumer/reader:*',
    },
    { Effect: 'Allow', Action: 'kinesis:GetRecords', Resource: 'arn:aws:kinesis:*:111111111111:stream/orders' },
  ]
  await iam.send(new CreateRoleCommand({ RoleName: 'sender', AssumeRolePolicyDocument: document(trust) }))
  await iam.send(new PutRolePolicyCommand({ RoleName: 'sender', PolicyName: 'send', PolicyDocument: document(send) }))
  return checkout.dispose
})

async function session(DurationSeconds = 900): Promise<ClientOptions> {
  const request = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test', DurationSeconds })
  const { Credentials } = await new STSClient(administrator).send(request)
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  return { ...administrator, credentials }
}

const sender = async (DurationSeconds?: number): Promise<SQSClient> => new SQSClient(await session(DurationSeconds))

test('a role may do what its policy allows, and nothing else', async () => {
  const sqs = await sender()
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'order 1001' }))
  await expect(sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl }))).rejects.toThrow(
    /not authorized.*sqs:PurgeQueue/,
  )
})

test('an expired session is refused as expired, also after another one was made, as in AWS', async () => {
  const sqs = await sender(1)
  await sleep(1100)
  await sender()
  const sent = sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'order 1003' }))
  await expect(sent).rejects.toMatchObject({ name: 'ExpiredToken' })
})

test('a batch needs the right to the single action, as in AWS', async () => {
  const sqs = await sender()
  const Entries = [{ Id: '1', MessageBody: 'order 1002' }]
  const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
  expect(sent.Successful).toHaveLength(1)
  const deletion = new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: [{ Id: '1', ReceiptHandle: 'x' }] })
  await expect(sqs.send(deletion)).rejects.toThrow(/not authorized.*sqs:DeleteMessage /)
})

test('a message says which session of which role, or which user, has sent it, as in AWS', async () => {
  const users = new SQSClient(administrator)
  await users.send(new PurgeQueueCommand({ QueueUrl: queueUrl }))
  const Entries = [{ Id: '1', MessageBody: 'order 1004' }]
  await (await sender()).send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
  await users.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: 'order 1005' }))
  const { Messages = [] } = await users.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['SenderId'],
    }),
  )
  const senders = Messages.map(({ Attributes }) => Attributes?.SenderId)
  expect(senders).toEqual([expect.stringMatching(/^AROA\w+:test$/), expect.stringMatching(/^AIDA\w+$/)])
})

test('records are got by the right to the stream that the iterator is of, as in AWS', async () => {
  // Its own speaks HTTP/2, which a server without TLS does not.
  const requestHandler = new NodeHttpHandler()
  const owner = new KinesisClient({ ...administrator, requestHandler })
  const reader = new KinesisClient({ ...(await session()), requestHandler })
  for (const StreamName of ['orders', 'payments']) {
    await owner.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    const start = { ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const
    const { ShardIterator } = await owner.send(new GetShardIteratorCommand({ StreamName, ...start }))
    const got = reader.send(new GetRecordsCommand({ ShardIterator }))
    if (StreamName === 'orders') expect((await got).Records).toEqual([])
    else await expect(got).rejects.toThrow(/not authorized.*kinesis:GetRecords/)
  }
})

test('records are pushed by the right to the consumer, as in AWS', async () => {
  const requestHandler = new NodeHttpHandler()
  const owner = new KinesisClient({ ...administrator, requestHandler })
  const reader = new KinesisClient({ ...(await session()), requestHandler })
  await owner.send(new CreateStreamCommand({ StreamName: 'pushed', ShardCount: 1 }))
  const StreamARN = `arn:aws:kinesis:${await owner.config.region()}:111111111111:stream/pushed`
  for (const ConsumerName of ['reader', 'another']) {
    const { Consumer } = await owner.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }))
    const StartingPosition = { Type: 'TRIM_HORIZON' } as const
    const subscribing = { ConsumerARN: Consumer?.ConsumerARN, ShardId: 'shardId-000000000000', StartingPosition }
    const ending = new AbortController()
    const subscribed = reader.send(new SubscribeToShardCommand(subscribing), { abortSignal: ending.signal })
    if (ConsumerName === 'reader') expect((await subscribed).EventStream).toBeDefined()
    else await expect(subscribed).rejects.toThrow(/not authorized.*kinesis:SubscribeToShard/)
    ending.abort()
  }
})

test('the root user of an account cannot assume a role, as in AWS', async () => {
  const root = { accessKeyId: '111111111111', secretAccessKey: 'unchecked' }
  const sts = new STSClient({ ...administrator, credentials: root })
  const request = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test' })
  await expect(sts.send(request)).rejects.toMatchObject({ name: 'AccessDenied' })
})

test.each([
  ['as its principal', { Principal: { AWS: roleArn } }],
  [
    'by aws:PrincipalArn, which is the session here and the role in AWS',
    {
      Principal: { AWS: 'arn:aws:iam::111111111111:root' },
      Condition: { ArnLike: { 'aws:PrincipalArn': [roleArn, 'arn:aws:sts::111111111111:assumed-role/sender/*'] } },
    },
  ],
])(
  "a bucket's policy lets in a role of another account that it names %s, and no other, as in AWS",
  async (_, named) => {
    const owner = new S3Client(clientOptions(await sandbox.credentials('partner')))
    const Bucket = `partner-bodies-${crypto.randomUUID()}`
    await owner.send(new CreateBucketCommand({ Bucket }))
    const allow = (statement: object) => ({
      Bucket,
      Policy: document({ Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*`, ...statement }),
    })
    const s3 = new S3Client({ ...(await session()), maxAttempts: 1 })
    const put = () => s3.send(new PutObjectCommand({ Bucket, Key: 'orders/1', Body: 'order 1001' }))
    await expect(put()).rejects.toMatchObject({ name: 'AccessDenied' })
    await owner.send(new PutBucketPolicyCommand(allow(named)))
    await put()
    const another = JSON.parse(JSON.stringify(named).replaceAll('/sender', '/another'))
    await owner.send(new PutBucketPolicyCommand(allow(another)))
    await expect(put()).rejects.toMatchObject({ name: 'AccessDenied' })
  },
)

test('a request that expects another owner of its bucket is refused, whatever it is and may do, as in AWS', async () => {
  const s3 = new S3Client({ ...administrator, maxAttempts: 1 })
  const Bucket = `expected-${crypto.randomUUID()}`
  await s3.send(new CreateBucketCommand({ Bucket }))
  const at = { Bucket, Key: 'a' }
  const requests = (ExpectedBucketOwner: string) => [
    () => s3.send(new PutObjectCommand({ ...at, Body: 'a', ExpectedBucketOwner })),
    () => s3.send(new GetObjectCommand({ ...at, ExpectedBucketOwner })),
    () => s3.send(new CreateMultipartUploadCommand({ ...at, ExpectedBucketOwner })),
    () => s3.send(new ListObjectVersionsCommand({ Bucket, ExpectedBucketOwner })),
    () => s3.send(new DeleteObjectCommand({ ...at, ExpectedBucketOwner })),
  ]
  await s3.send(new PutObjectCommand({ ...at, Body: 'a' }))
  for (const request of requests('222222222222')) {
    await expect(request()).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } })
  }
  for (const request of requests('111111111111')) await request()
  const nowhere = s3.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'a', ExpectedBucketOwner: '111111111111' }))
  await expect(nowhere).rejects.toMatchObject({ name: 'NoSuchBucket' })
})
