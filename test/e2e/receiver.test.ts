import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message as ReceivedMessage,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { createEdge, createLargeBodies, createMessage, encodeMessage, type Message } from '@causeway-aws/edge'
import { type AccountName, accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'

/*
 * partner/receiver.yaml: a function of the partner's on an edge. In the emulator a mapping across accounts carries nothing,
 * so once the edge is in the partner's own account, and once the test does what the mapping would.
 */
const sandbox = testSandbox()
const clients = {} as Record<AccountName, SQSClient>
let ours: ClientOptions
let theirs: ClientOptions
/** A standard queue, which does not tell that a message comes twice. */
let target: { url: string; arn: string }

beforeAll(async () => {
  ours = clientOptions(await sandbox.credentials('home'))
  theirs = clientOptions(await sandbox.credentials('partner'))
  clients.home = new SQSClient(ours)
  clients.partner = new SQSClient(theirs)
  const QueueName = `received-${crypto.randomUUID()}`
  const { QueueUrl = '' } = await clients.partner.send(new CreateQueueCommand({ QueueName }))
  target = { url: QueueUrl, arn: `arn:aws:sqs:${theirs.region}:${accountIds.partner}:${QueueName}` }
})

/** An edge whose own function rests, and the partner's function on it. */
async function deploy(account: AccountName, EdgeName: string) {
  const edge = await sandbox.deploy({
    template: join(root, 'infra/edge.yaml'),
    account,
    stack: EdgeName,
    parameters: {
      EdgeName,
      TriggerEnabled: 'false',
      PartnerAccountId: accountIds.partner,
      ReceiverPrincipalArns: `arn:aws:iam::${accountIds.partner}:role/causeway-${EdgeName}-receiver`,
    },
  })
  const { QueueUrl = '', QueueArn = '', KeyArn = '', BodiesBucketName = '', BodiesPrefix = '' } = edge.outputs
  const receiver = await sandbox.deploy({
    template: join(root, 'infra/partner/receiver.yaml'),
    account: 'partner',
    stack: `${EdgeName}-receiver`,
    parameters: {
      EdgeName,
      EdgeQueueArn: QueueArn,
      EdgeKeyArn: KeyArn,
      BodiesBucketName,
      MaxAttempts: '2',
      Routes: JSON.stringify({ order: { processor: 'forward', targets: [target.url] } }),
      TargetQueueArns: target.arn,
    },
  })
  const { FunctionName = '', DeadLetterQueueUrl = '' } = receiver.outputs
  return { QueueUrl, QueueArn, BodiesBucketName, BodiesPrefix, FunctionName, DeadLetterQueueUrl }
}

const order = () => createMessage({ type: 'order', body: `order ${crypto.randomUUID()}` })
const unroutable = () => createMessage({ type: 'other', body: `other ${crypto.randomUUID()}` })

/** Sends a message once more, as a sender does that has no answer for longer than SQS tells repetitions. */
async function sendAgain(account: AccountName, QueueUrl: string, message: Message): Promise<void> {
  const wire = { ...encodeMessage(message, { fifo: true }), MessageDeduplicationId: crypto.randomUUID() }
  await clients[account].send(new SendMessageCommand({ QueueUrl, ...wire }))
}

async function received(account: AccountName, QueueUrl: string): Promise<ReceivedMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  })
  return (await clients[account].send(command)).Messages ?? []
}

async function taken(account: AccountName, QueueUrl: string): Promise<ReceivedMessage[]> {
  const messages = await received(account, QueueUrl)
  for (const { ReceiptHandle } of messages) {
    await clients[account].send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
  }
  return messages
}

async function isEmpty(account: AccountName, QueueUrl: string): Promise<boolean> {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] })
  const { Attributes = {} } = await clients[account].send(command)
  return AttributeNames.every((name) => Attributes[name] === '0')
}

const givenUp = (body: string) => ({
  Body: body,
  MessageAttributes: expect.objectContaining({
    attempts: expect.objectContaining({ StringValue: '2' }),
    reason: expect.objectContaining({ StringValue: expect.stringContaining('No route is for') }),
  }),
})

describe("the partner's function on an edge of the same account", () => {
  it('remembers a message that comes twice, and gives up one that always fails, into a queue of its own', async () => {
    const { QueueUrl, DeadLetterQueueUrl } = await deploy('partner', 'nearby')
    const [good, bad] = [order(), unroutable()]
    await createEdge({ queueUrl: QueueUrl, client: clients.partner }).send([good, bad])
    await sendAgain('partner', QueueUrl, good)
    await vi.waitFor(async () => expect(await isEmpty('partner', QueueUrl)).toBe(true), {
      timeout: 40_000,
      interval: 500,
    })
    expect(await taken('partner', target.url)).toMatchObject([{ Body: good.body }])
    expect(await taken('partner', DeadLetterQueueUrl)).toMatchObject([givenUp(bad.body)])
  })
})

describe("the partner's function on an edge of ours, by its own role", () => {
  let edge: Awaited<ReturnType<typeof deploy>>
  beforeAll(async () => {
    edge = await deploy('home', 'shared')
  })

  /** What an event source mapping does with what the edge has: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
  async function mapped(): Promise<void> {
    const messages = await received('home', edge.QueueUrl)
    if (messages.length === 0) return
    const Records = messages.map(({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes = {} }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: Attributes,
      messageAttributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, { DataType, StringValue }]) => [
          name,
          { dataType: DataType, stringValue: StringValue, stringListValues: [], binaryListValues: [] },
        ]),
      ),
      eventSource: 'aws:sqs',
      eventSourceARN: edge.QueueArn,
      awsRegion: ours.region,
    }))
    const invocation = new InvokeCommand({ FunctionName: edge.FunctionName, Payload: JSON.stringify({ Records }) })
    const { Payload, FunctionError } = await new LambdaClient(theirs).send(invocation)
    const answer = JSON.parse(Payload?.transformToString() ?? '')
    if (FunctionError) throw new Error(`${FunctionError}: ${JSON.stringify(answer)}`)
    const failed = new Set(answer.batchItemFailures.map((each: { itemIdentifier: string }) => each.itemIdentifier))
    for (const { MessageId, ReceiptHandle } of messages) {
      if (failed.has(MessageId)) continue
      await clients.home.send(new DeleteMessageCommand({ QueueUrl: edge.QueueUrl, ReceiptHandle }))
    }
  }

  async function untilEmpty(): Promise<void> {
    const late = AbortSignal.timeout(40_000)
    for (; !(await isEmpty('home', edge.QueueUrl)); await sleep(200)) {
      late.throwIfAborted()
      await mapped()
    }
  }

  it('remembers a message that comes twice', async () => {
    const good = order()
    await createEdge({ queueUrl: edge.QueueUrl, client: clients.home }).send([good])
    await sendAgain('home', edge.QueueUrl, good)
    await untilEmpty()
    expect(await taken('partner', target.url)).toMatchObject([{ Body: good.body }])
  })

  it("says when one that fails comes again, and gives it up into a queue of the partner's", async () => {
    const bad = unroutable()
    await createEdge({ queueUrl: edge.QueueUrl, client: clients.home }).send([bad])
    await mapped()
    // For the queue's own time, six minutes, it would stay hidden were the function refused to change it.
    await untilEmpty()
    expect(await taken('partner', edge.DeadLetterQueueUrl)).toMatchObject([givenUp(bad.body)])
  })

  it('reads a large body from our bucket', async () => {
    const largeBodies = createLargeBodies({
      bucket: edge.BodiesBucketName,
      prefix: edge.BodiesPrefix,
      bucketOwner: accountIds.home,
      client: ours,
    })
    const stored = await largeBodies.store('stored in our bucket')
    const message = createMessage({ type: 'order', bodyReference: stored })
    await createEdge({ queueUrl: edge.QueueUrl, client: clients.home, largeBodies }).send([message])
    await untilEmpty()
    expect(await taken('partner', target.url)).toMatchObject([{ Body: 'stored in our bucket' }])
  })
})
