import { join } from 'node:path'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, createLargeBodies, createMessage, decodeReceivedMessage, type Message } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, expect, it } from 'vitest'
import { causeway } from '../causeway.ts'
import { root, testSandbox, variablesOf } from '../sandbox.ts'

const sandbox = testSandbox()
let options: ReturnType<typeof clientOptions>
let audit: Record<string, string>
let first: Record<string, string>
let target: Record<string, string>

async function deploy(stack: string, template: string, parameters: Record<string, string>): Promise<typeof audit> {
  const deployment = await sandbox.deploy({ account: 'home', stack, template: join(root, template), parameters })
  expect(deployment.leftOut).toEqual([])
  return deployment.outputs
}

/** Two edges that record what becomes of their messages: one sends on to the other, which sends on to a queue. */
beforeAll(async () => {
  options = clientOptions(await sandbox.credentials('home'))
  audit = await deploy('recorded-audit', 'infra/audit.yaml', {
    AuditName: 'recorded',
    RetentionMode: 'GOVERNANCE',
    RetentionDays: '1',
  })
  const recording = { AuditBucketName: audit.BucketName ?? '', AuditKeyArn: audit.KeyArn ?? '' }
  const sendingTo = (to: Record<string, string>) => ({
    ...recording,
    MaxAttempts: '1',
    Routes: JSON.stringify({ order: { processor: 'forward', targets: [to.QueueUrl] } }),
    TargetQueueArns: to.QueueArn ?? '',
    TargetKeyArns: to.KeyArn ?? '',
  })
  target = await deploy('recorded-target', 'infra/edge.yaml', { EdgeName: 'recorded-target', TriggerEnabled: 'false' })
  const second = await deploy('recorded-second', 'infra/edge.yaml', {
    EdgeName: 'recorded-second',
    ...sendingTo(target),
  })
  first = await deploy('recorded-first', 'infra/edge.yaml', { EdgeName: 'recorded-first', ...sendingTo(second) })
})

async function arrivals(count: number): Promise<Message[]> {
  const client = new SQSClient(options)
  const received: Message[] = []
  while (received.length < count) {
    const poll = new ReceiveMessageCommand({
      QueueUrl: target.QueueUrl,
      WaitTimeSeconds: 1,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['MessageGroupId'],
    })
    const { Messages = [] } = await client.send(poll)
    received.push(...Messages.map((message) => decodeReceivedMessage(message)))
    const Entries = Messages.map(({ ReceiptHandle }, position) => ({ Id: `${position}`, ReceiptHandle }))
    if (Entries.length > 0) {
      await client.send(new DeleteMessageBatchCommand({ QueueUrl: target.QueueUrl, Entries }))
    }
  }
  return received
}

it('records every message at each node, under a digest that holds, and a message can be traced to its end', async () => {
  const client = new SQSClient(options)
  const orders = Array.from({ length: 12 }, (_, index) =>
    createMessage({ type: 'order', body: `order ${index}`, groupId: `customer-${index % 3}` }),
  )
  const lost = createMessage({ type: 'no such type', body: 'lost', groupId: 'customer-0' })
  const largeBodies = createLargeBodies({
    bucket: first.BodiesBucketName ?? '',
    prefix: first.BodiesPrefix ?? '',
    bucketOwner: '111111111111',
    client: options,
  })
  const large = createMessage({ type: 'order', body: 'x'.repeat(200_000), groupId: 'large' })
  const edge = createEdge({ queueUrl: first.QueueUrl ?? '', client, largeBodies })
  await edge.send([...orders, lost])
  await edge.send([large], { large: true })
  const arrived = await arrivals(13)
  expect(arrived.map(({ body }) => body).sort()).toEqual([...orders, large].map(({ body }) => body).sort())

  const lambda = new LambdaClient(options)
  const invoked = await lambda.send(new InvokeCommand({ FunctionName: audit.FunctionName, Payload: '{}' }))
  expect(invoked.FunctionError).toBeUndefined()
  const env = await variablesOf('home')
  const bucket = ['--bucket', audit.BucketName ?? '']
  const verified = await causeway(['audit', 'verify', ...bucket, '--key', audit.SigningKeyArn ?? '', '--json'], { env })
  expect(verified).toMatchObject({ code: 0 })

  const traced = await causeway(['audit', 'trace', orders[3]?.trackingId ?? '', ...bucket, '--json'], { env })
  expect(traced.code).toBe(0)
  expect(traced.stdout).toContain('recorded-first')
  expect(traced.stdout).toContain('recorded-second')
  const dead = await causeway(['audit', 'trace', lost.trackingId, ...bucket], { env })
  expect(dead.stdout).toMatch(/dead/)
})
