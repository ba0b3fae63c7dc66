import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole } from '@causeway-aws/auth'
import { createEdge, createMessage, encodeMessage, type Message } from '@causeway-aws/edge'
import { type AccountName, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { deployTestStacks, externalIds, type TestStacks } from '../stacks.ts'

const sandbox = testSandbox()
let stacks: TestStacks
let partner: SQSClient

beforeAll(async () => {
  stacks = await deployTestStacks(sandbox)
  const options = clientOptions(await sandbox.credentials('partner'))
  const sts = new STSClient(options)
  const roleArn = stacks.invoices.SenderRoleArn ?? ''
  partner = new SQSClient({ ...options, credentials: assumedRole({ roleArn, externalId: externalIds[1], sts }) })
})

interface LogEntry {
  message: string
  trackingId?: string
  body?: string
  [key: string]: unknown
}

/** What a function has logged about certain messages, waited for until there are so many lines. */
async function logged(account: AccountName, functionName: string, bodies: readonly string[]): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  const since = new Date(Date.now() - 60_000)
  const signal = AbortSignal.timeout(30_000)
  for await (const { message } of sandbox.logs(functionName, { account, since, follow: true, signal })) {
    const entry = parse(message)
    if (entry?.body === undefined || !bodies.includes(entry.body)) continue
    if (entries.push(entry) === bodies.length) break
  }
  return entries
}

const parse = (line: string): LogEntry | undefined => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const invoice = (body: string, groupId: string): Message => createMessage({ type: 'invoice', body, groupId })

it("crosses from the partner to home, and back to the partner's own edge, in order within each group", async () => {
  const numbers = Array.from({ length: 12 }, (_, index) => `invoice ${index} of ${crypto.randomUUID()}`)
  const messages = numbers.map((body, index) => invoice(body, `group-${index % 3}`))
  await createEdge({ queueUrl: stacks.invoices.QueueUrl ?? '', client: partner }).send(messages)

  const printed = await logged('partner', stacks.receipts.FunctionName ?? '', numbers)
  expect(printed.map(({ body }) => body).sort()).toEqual([...numbers].sort())
  for (const group of [0, 1, 2]) {
    const ofGroup = (_: unknown, index: number) => index % 3 === group
    const order = printed.map(({ body }) => body).filter((body) => ofGroup(body, numbers.indexOf(body ?? '')))
    expect(order).toEqual(numbers.filter(ofGroup))
  }
})

it('carries the chain of tracking ids', async () => {
  const message = invoice(`traced ${crypto.randomUUID()}`, 'traced')
  await createEdge({ queueUrl: stacks.invoices.QueueUrl ?? '', client: partner }).send([message])
  const [printed] = await logged('partner', stacks.receipts.FunctionName ?? '', [message.body])
  expect(printed?.trackingId).toMatch(/^[0-9a-f]{32}$/)
  expect(printed?.trackingId).not.toBe(message.trackingId)
  expect(printed?.previousTrackingIds).toEqual([message.trackingId])
})

it('takes a message of an EchoStream node, which has no type, as of the type the edge is configured with', async () => {
  const { MessageAttributes, ...wire } = encodeMessage(invoice(`echo ${crypto.randomUUID()}`, 'echo'), { fifo: true })
  const { messageType: _, ...echoStream } = MessageAttributes
  await partner.send(
    new SendMessageCommand({ QueueUrl: stacks.invoices.QueueUrl, ...wire, MessageAttributes: echoStream }),
  )
  await expect(logged('partner', stacks.receipts.FunctionName ?? '', [wire.MessageBody])).resolves.toHaveLength(1)
})

it('takes a message of a sender that knows nothing of Causeway, under the message id of SQS', async () => {
  const MessageBody = `plain ${crypto.randomUUID()}`
  const plain = { MessageBody, MessageGroupId: 'plain', MessageDeduplicationId: crypto.randomUUID() }
  await partner.send(new SendMessageCommand({ QueueUrl: stacks.invoices.QueueUrl, ...plain }))
  await expect(logged('partner', stacks.receipts.FunctionName ?? '', [MessageBody])).resolves.toHaveLength(1)
})

it('runs the messages of a standard edge', async () => {
  const bodies = Array.from({ length: 25 }, (_, index) => `reading ${index} of ${crypto.randomUUID()}`)
  const client = new SQSClient(clientOptions(await sandbox.credentials('home')))
  await createEdge({ queueUrl: stacks.readings.QueueUrl ?? '', client }).send(
    bodies.map((body) => createMessage({ type: 'reading', body })),
  )
  const printed = await logged('home', stacks.readings.FunctionName ?? '', bodies)
  expect(printed.map(({ body }) => body).sort()).toEqual([...bodies].sort())
})

it('gives up a message that cannot be read, alone, with the reason', async () => {
  const good = createMessage({ type: 'reading', body: `good ${crypto.randomUUID()}` })
  const client = new SQSClient(clientOptions(await sandbox.credentials('home')))
  const { QueueUrl, DeadLetterQueueUrl, FunctionName = '' } = stacks.readings
  const broken = encodeMessage(createMessage({ type: 'reading', body: 'broken' }), { fifo: false })
  broken.MessageAttributes.prevTrackingIds = { DataType: 'String', StringValue: '["not hex"]' }
  await client.send(new SendMessageCommand({ QueueUrl, ...broken }))
  await createEdge({ queueUrl: QueueUrl ?? '', client }).send([good])
  await expect(logged('home', FunctionName, [good.body])).resolves.toHaveLength(1)

  const letters = new ReceiveMessageCommand({
    QueueUrl: DeadLetterQueueUrl,
    WaitTimeSeconds: 20,
    MessageAttributeNames: ['All'],
  })
  const { Messages: [letter] = [] } = await client.send(letters)
  expect(letter).toMatchObject({
    Body: 'broken',
    MessageAttributes: {
      reason: { StringValue: expect.stringContaining('previous tracking ids are not a list') },
      trackingId: broken.MessageAttributes.trackingId,
    },
  })
})
