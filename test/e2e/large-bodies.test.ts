import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message as ReceivedMessage,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, type CredentialProvider, policies, trustPolicy } from '@causeway-aws/auth'
import {
  type BodyReference,
  createEdge,
  createLargeBodies,
  createMessage,
  decodeReceivedMessage,
  type Edge,
  encodeMessage,
  type LargeBodies,
  type LargeBodiesOptions,
  type Message,
  withBody,
} from '@causeway-aws/edge'
import { type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'

const sandbox = testSandbox()
const home = '111111111111'
const partner = '222222222222'
const bucket = `orders-bodies-${crypto.randomUUID().slice(0, 8)}`
const prefix = 'orders/'
const externalId = 'large-bodies-external-id-Zm9vYmF6'
const overTheLimit = 'ü'.repeat(700_000)

/** Home's administrator, who sets up the edge and, in the place of an attacker, changes what is stored. */
let admin: S3Client
let queueUrl: string
let keyArn: string
let homeOptions: ClientOptions
let partnerOptions: ClientOptions
let credentials: CredentialProvider

/** What S3 was asked for, by the clients of both ends. */
const asked: { commandName: string; input: Record<string, unknown> }[] = []
const keep = (entry: unknown) => void asked.push(entry as (typeof asked)[number])
const logger = { trace() {}, debug() {}, info: keep, warn() {}, error: keep }

/** The partner's end of the edge: what it does, it does in home's role, narrowed to storing bodies. */
let partnerBodies: LargeBodies
let partnerEdge: Edge
let homeBodies: LargeBodies

beforeAll(async () => {
  homeOptions = clientOptions(await sandbox.credentials('home'))
  partnerOptions = clientOptions(await sandbox.credentials('partner'))
  admin = new S3Client(homeOptions)
  await admin.send(new CreateBucketCommand({ Bucket: bucket }))
  const sqs = new SQSClient(homeOptions)
  const queue = new CreateQueueCommand({ QueueName: `${bucket}.fifo`, Attributes: { FifoQueue: 'true' } })
  queueUrl = (await sqs.send(queue)).QueueUrl ?? ''
  const { KeyMetadata } = await new KMSClient(homeOptions).send(new CreateKeyCommand({}))
  keyArn = KeyMetadata?.Arn ?? ''

  const roleArn = await senderRole()
  const sts = new STSClient(partnerOptions)
  const narrowed = policies.largeBodies({ bucket, prefix, keyArn, access: 'send' })
  credentials = assumedRole({ roleArn, externalId, sts, policy: narrowed })
  partnerBodies = bodies({ kmsKeyId: keyArn, client: { ...partnerOptions, credentials, logger } })
  partnerEdge = createEdge({
    queueUrl,
    client: new SQSClient({ ...partnerOptions, credentials: assumedRole({ roleArn, externalId, sts }) }),
    largeBodies: partnerBodies,
  })
  homeBodies = bodies({ maxInlineBytes: 2_000_000 })
})

/** The role in home that the partner assumes: it may send to the edge and store its bodies. */
async function senderRole(): Promise<string> {
  const iam = new IAMClient(homeOptions)
  const RoleName = `${bucket}-sender`
  const trust = trustPolicy({ principal: partner, externalIds: [externalId] })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }))
  const queueArn = `arn:aws:sqs:${homeOptions.region}:${home}:${bucket}.fifo`
  const documents = {
    send: policies.edgeSend({ queueArn, keyArn }),
    bodies: policies.largeBodies({ bucket, prefix, keyArn, access: 'send' }),
  }
  for (const [PolicyName, document] of Object.entries(documents)) {
    const PolicyDocument = JSON.stringify(document)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
  }
  return Role?.Arn ?? ''
}

const bodies = (options: Partial<LargeBodiesOptions> = {}): LargeBodies =>
  createLargeBodies({ bucket, prefix, bucketOwner: home, client: { ...homeOptions, logger }, ...options })

/** What home gets of the messages that are in the queue, each on its own: its body, or why there is none. */
async function received(count: number, from = homeBodies): Promise<Map<string, string>> {
  const sqs = new SQSClient(homeOptions)
  const outcomes = new Map<string, string>()
  const signal = AbortSignal.timeout(20_000)
  while (outcomes.size < count && !signal.aborted) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    )
    for (const { ReceiptHandle, ...each } of Messages) {
      const { StringValue: trackingId = '' } = each.MessageAttributes?.trackingId ?? {}
      outcomes.set(trackingId, await bodyOf(each, from).catch((error: Error) => error.message))
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))
    }
  }
  return outcomes
}

async function bodyOf(received: ReceivedMessage, from: LargeBodies): Promise<string> {
  const { body } = await withBody(decodeReceivedMessage(received), from)
  return body
}

const order = (body: string): Message => createMessage({ type: 'order', body })

it('a body of more than the queue takes crosses from the partner to home', async () => {
  const [small, large] = [order('small'), order(overTheLimit)]
  await partnerEdge.send([small, large])
  const outcomes = await received(2)
  expect(outcomes.get(small.trackingId)).toBe('small')
  expect(outcomes.get(large.trackingId) === overTheLimit).toBe(true)
})

it('a body of several parts is streamed from the partner to home', async () => {
  const part = randomBytes(4_000_000)
  async function* source() {
    for (let sent = 0; sent < 4; sent += 1) yield part
  }
  const reference = await partnerBodies.store(source())
  expect(reference.expandedLength).toBe(16_000_000)
  let length = 0
  for await (const chunk of homeBodies.stream(reference)) length += chunk.length
  expect(length).toBe(16_000_000)
})

it('an upload that is aborted leaves neither an object nor parts', async () => {
  const before = await stored()
  async function* endless() {
    for (;;) yield randomBytes(1_000_000)
  }
  const storing = partnerBodies.store(endless(), { signal: AbortSignal.timeout(1_500) })
  await expect(storing).rejects.toMatchObject({ retryable: true })
  expect(asked.map(({ commandName }) => commandName)).toContain('CreateMultipartUploadCommand')
  expect(await stored()).toEqual(before)
  const { Uploads = [] } = await admin.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  expect(Uploads).toEqual([])
})

async function stored(): Promise<(string | undefined)[]> {
  const { Contents = [] } = await admin.send(new ListObjectsV2Command({ Bucket: bucket }))
  return Contents.map(({ Key }) => Key)
}

describe('what the partner may do with the role, narrowed to storing bodies:', () => {
  const asPartner = () => new S3Client({ ...partnerOptions, credentials })

  it('not read a body, not even one of its own', async () => {
    const { key } = await partnerBodies.store('own')
    await expect(asPartner().send(new GetObjectCommand({ Bucket: bucket, Key: key }))).rejects.toThrow(
      /denied|not auth/i,
    )
  })

  it("not store one beside the edge's prefix", async () => {
    const elsewhere = bodies({ prefix: 'invoices/', client: { ...partnerOptions, credentials } })
    await expect(elsewhere.store('theirs')).rejects.toThrow(`S3 denied it in ${bucket}`)
  })
})

describe('of a body that is not what it should be only its own message fails, with the reason:', () => {
  const put = (Key: string, Body: Buffer) => admin.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))

  /** What comes of a message whose attribute `bodyRef` is of the attacker's making: whoever may send writes any. */
  async function outcomeOf(change: (reference: BodyReference) => Promise<Partial<BodyReference>>): Promise<string> {
    const { bucket: _, ...genuine } = await partnerBodies.store(overTheLimit)
    const { bucket: __, ...bodyReference } = { ...genuine, ...(await change(genuine)) }
    const wires = [order('before'), createMessage({ type: 'order', bodyReference: genuine }), order('after')].map(
      (message) => encodeMessage(message, { fifo: true }),
    )
    const bodyRef = wires[1]?.MessageAttributes.bodyRef
    if (bodyRef) bodyRef.StringValue = JSON.stringify(bodyReference)
    const Entries = wires.map((wire, position) => ({ Id: `${position}`, ...wire }))
    await new SQSClient(homeOptions).send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
    const outcomes = await received(3)
    const ids = wires.map(({ MessageAttributes }) => MessageAttributes.trackingId?.StringValue ?? '')
    const [before, outcome = '', after] = ids.map((id) => outcomes.get(id))
    expect([before, after]).toEqual(['before', 'after'])
    expect(outcome).toMatch(/^A large body cannot be read: .*[^.]\.$|^The message cannot be sent or read: .*[^.]\.$/)
    return outcome
  }

  /** The bytes that are stored for a reference. */
  async function bytesOf({ key }: BodyReference): Promise<Buffer> {
    const { Body } = await admin.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }

  it('truncated', async () => {
    const outcome = await outcomeOf(async (reference) => {
      await put(reference.key, (await bytesOf(reference)).subarray(0, -10))
      return {}
    })
    expect(outcome).toContain('has fewer bytes than the')
  })

  it('swapped for another body of the same edge', async () => {
    const outcome = await outcomeOf(async (reference) => {
      const { key } = await partnerBodies.store(overTheLimit.replace('ü', 'ä'))
      await put(reference.key, await bytesOf({ ...reference, key }))
      return {}
    })
    expect(outcome).toMatch(/hash of its reference|bytes than the/)
  })

  it('named by the reference of another', async () => {
    const other = await partnerBodies.store('another')
    expect(await outcomeOf(async () => ({ key: other.key }))).toContain('bytes than the')
  })

  it('tampered with', async () => {
    const outcome = await outcomeOf(async (reference) => {
      const bytes = await bytesOf(reference)
      bytes[9] = (bytes[9] ?? 0) ^ 1
      await put(reference.key, bytes)
      return {}
    })
    expect(outcome).toContain('does not have the hash of its reference')
  })

  it('expired', async () => {
    const outcome = await outcomeOf(async ({ key }) => {
      await admin.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
      return {}
    })
    expect(outcome).toContain('it has expired')
  })

  it('a bomb', async () => {
    const bomb = await partnerBodies.store(Buffer.alloc(100_000_000))
    expect(await outcomeOf(async () => ({ ...bomb, expandedLength: 1_000 }))).toContain(
      'it expands to more bytes than the 1000 of its reference',
    )
    expect(await outcomeOf(async () => bomb)).toContain('its body of 100000000 bytes is over the 2000000')
  })

  it.each([
    ['a key outside the prefix', 'secrets/keys'],
    ["another edge's key", 'invoices/7f3c'],
    ['a key under the prefix that is not the edge’s own', 'orders/private/7f3c'],
  ])('%s, which is there, and is not asked for', async (_, key) => {
    await put(key, gzipSync('secret'))
    const outcome = await outcomeOf(async () => ({ key }))
    expect(outcome).toContain('its key is not one directly under orders/ of this edge')
    expect(asked.filter(({ input }) => input.Key === key)).toEqual([])
  })

  it('a key that climbs out of the prefix', async () => {
    await put('secrets/keys', gzipSync('secret'))
    const outcome = await outcomeOf(async () => ({ key: 'orders/../secrets/keys' }))
    expect(outcome).toContain('its attribute "bodyRef" is malformed: key is not a prefix and a name')
  })

  it('a bucket, which no reference may name', async () => {
    const sqs = new SQSClient(homeOptions)
    const attack = encodeMessage(createMessage({ type: 'order', bodyReference: await partnerBodies.store('a') }), {
      fifo: true,
    })
    const { bodyRef } = attack.MessageAttributes
    if (bodyRef) bodyRef.StringValue = bodyRef.StringValue?.replace('{', `{"bucket":"${bucket}",`)
    const Entries = [{ Id: '0', ...attack }]
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
    expect([...(await received(1)).values()]).toEqual([expect.stringContaining('it has a field too many')])
  })
})

describe("a bucket of another account's", () => {
  it('is for S3 to refuse: each request says that it has to be home’s', async () => {
    const reference = await partnerBodies.store(randomBytes(6_000_000))
    for await (const _ of homeBodies.stream(reference));
    const about = asked.filter(({ input }) => input.Key === reference.key)
    expect([...new Set(about.map(({ commandName }) => commandName))].sort()).toEqual([
      'CompleteMultipartUploadCommand',
      'CreateMultipartUploadCommand',
      'GetObjectCommand',
      'UploadPartCommand',
    ])
    for (const { input } of about) expect(input.ExpectedBucketOwner).toBe(home)
    const reading = bodies({ bucketOwner: partner }).read(await partnerBodies.store('a'))
    await expect(reading).rejects.toThrow(`the bucket is not account ${partner}'s`)
  })

  it('fails the message whose body is there, alone, with its reason, although it may be read', async () => {
    const theirs = `${bucket}-theirs`
    const owner = new S3Client(partnerOptions)
    await owner.send(new CreateBucketCommand({ Bucket: theirs }))
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: home },
      Action: 's3:*',
      Resource: `arn:aws:s3:::${theirs}/*`,
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement })
    await owner.send(new PutBucketPolicyCommand({ Bucket: theirs, Policy }))
    const client = { ...partnerOptions, logger }
    const { bucket: _, ...bodyReference } = await bodies({ bucket: theirs, bucketOwner: partner, client }).store(
      'theirs',
    )
    const messages = [order('before'), createMessage({ type: 'order', bodyReference }), order('after')]
    const Entries = messages.map((message, at) => ({ Id: `${at}`, ...encodeMessage(message, { fifo: true }) }))
    await new SQSClient(homeOptions).send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
    const outcomes = await received(3, bodies({ bucket: theirs }))
    const [before, body, after] = messages.map(({ trackingId }) => outcomes.get(trackingId))
    expect([before, after]).toEqual(['before', 'after'])
    expect(body).toContain(`the bucket is not account ${home}'s`)
    await expect(bodies({ bucket: theirs, bucketOwner: partner }).read(bodyReference)).resolves.toBe('theirs')
  })
})

it('a body is encrypted with the key of the edge, which the emulator only writes down', async () => {
  for (const body of ['one request', randomBytes(6_000_000)]) {
    const { key } = await partnerBodies.store(body)
    const head = await admin.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
    expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn })
  }
})
