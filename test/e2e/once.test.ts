import { join } from 'node:path'
import {
  type Message as Received,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { createMessage, encodeMessage } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, expect, it } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'

const sandbox = testSandbox()
let client: SQSClient

beforeAll(async () => {
  client = new SQSClient(clientOptions(await sandbox.credentials('home')))
})

async function deploy(EdgeName: string, parameters: Record<string, string>): Promise<Record<string, string>> {
  const template = join(root, 'infra/edge.yaml')
  return (await sandbox.deploy({ template, account: 'home', stack: EdgeName, parameters: { EdgeName, ...parameters } }))
    .outputs
}

/** What arrives on a queue until there are so many, each taken off it. */
async function arrivals(QueueUrl: string | undefined, count: number): Promise<Received[]> {
  const received: Received[] = []
  while (received.length < count) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: 1,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      }),
    )
    received.push(...Messages)
  }
  return received
}

it('gives a message up after its attempts, with the reason, and goes on with its group', async () => {
  const target = await deploy('given-up-target', { TriggerEnabled: 'false' })
  const edge = await deploy('given-up', {
    MaxAttempts: '2',
    Routes: JSON.stringify({ known: { processor: 'forward', targets: [target.QueueUrl] } }),
    TargetQueueArns: target.QueueArn ?? '',
    TargetKeyArns: target.KeyArn ?? '',
  })
  const [bad, next] = ['unknown', 'known'].map((type) => createMessage({ type, body: `${type} type`, groupId: 'g' }))
  const Entries = [bad, next].map((message, position) => ({
    Id: `${position}`,
    ...encodeMessage(message as never, { fifo: true }),
  }))
  await client.send(new SendMessageBatchCommand({ QueueUrl: edge.QueueUrl, Entries }))

  const [letter] = await arrivals(edge.DeadLetterQueueUrl, 1)
  expect(letter).toMatchObject({
    Body: 'unknown type',
    MessageAttributes: {
      trackingId: { StringValue: bad?.trackingId },
      messageType: { StringValue: 'unknown' },
      reason: { StringValue: expect.stringContaining('No route is for messages of type "unknown"') },
      attempts: { StringValue: '2' },
    },
  })
  expect(await arrivals(target.QueueUrl, 1)).toMatchObject([{ Body: 'known type' }])
})

it('gives a message up at once that nobody can read', async () => {
  const edge = await deploy('unreadable', {})
  await client.send(
    new SendMessageCommand({
      QueueUrl: edge.QueueUrl,
      MessageBody: 'unreadable',
      MessageGroupId: 'g',
      MessageDeduplicationId: crypto.randomUUID(),
      MessageAttributes: { trackingId: { DataType: 'Number', StringValue: '7' } },
    }),
  )
  expect(await arrivals(edge.DeadLetterQueueUrl, 1)).toMatchObject([
    { Body: 'unreadable', MessageAttributes: { reason: { StringValue: expect.stringContaining('"trackingId"') } } },
  ])
})

it('absorbs, on a standard edge, what is delivered twice', async () => {
  const target = await deploy('twice-target', { Fifo: 'false', TriggerEnabled: 'false' })
  const edge = await deploy('twice', {
    Fifo: 'false',
    Routes: JSON.stringify({ '*': { processor: 'forward', targets: [target.QueueUrl] } }),
    TargetQueueArns: target.QueueArn ?? '',
    TargetKeyArns: target.KeyArn ?? '',
  })
  const twice = encodeMessage(createMessage({ type: 'reading', body: 'twice' }), { fifo: false })
  const last = encodeMessage(createMessage({ type: 'reading', body: 'last' }), { fifo: false })
  for (const wire of [twice, twice, last]) {
    await client.send(new SendMessageCommand({ QueueUrl: edge.QueueUrl, ...wire }))
  }
  const bodies = (await arrivals(target.QueueUrl, 2)).map(({ Body }) => Body)
  expect(bodies.sort()).toEqual(['last', 'twice'])
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: target.QueueUrl, WaitTimeSeconds: 2 }),
  )
  expect(Messages).toEqual([])
})
