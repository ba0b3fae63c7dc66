import { join } from 'node:path'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { edgeThatPrints } from '../stacks.ts'

/*
 * A message as a node of EchoStream puts it on a queue: body, group id and two attributes, and no deduplication id.
 * https://github.com/Echo-Stream/echostream-node (Message.sqs_message)
 */
const echoStreamEntry = (body: string) => ({
  Id: crypto.randomUUID(),
  MessageAttributes: {
    trackingId: { DataType: 'String', StringValue: crypto.randomUUID().replaceAll('-', '') },
    prevTrackingIds: { DataType: 'String', StringValue: '["b8445850ef8b58b4cf4de6cb215a24b7"]' },
  },
  MessageBody: body,
  MessageGroupId: 'orders_node',
})

const sandbox = testSandbox()
let client: SQSClient

beforeAll(async () => {
  client = new SQSClient({ ...clientOptions(await sandbox.credentials('home')), maxAttempts: 1 })
})

async function deployEdge(EdgeName: string, ContentBasedDeduplication: string): Promise<Record<string, string>> {
  await using printing = await edgeThatPrints()
  const template = join(printing.infra, 'edge.yaml')
  const parameters = { EdgeName, ContentBasedDeduplication, MessageType: 'order' }
  return (await sandbox.deploy({ template, account: 'home', stack: EdgeName, parameters })).outputs
}

async function logged(functionName: string | undefined, body: string): Promise<string> {
  const signal = AbortSignal.timeout(30_000)
  for await (const { message } of sandbox.logs(functionName ?? '', { account: 'home', follow: true, signal })) {
    if (message.includes(body)) return message
  }
  throw new Error(`${body} was not logged`)
}

it("processes a message of an EchoStream node on an edge with ContentBasedDeduplication, as of the edge's type", async () => {
  const edge = await deployEdge('echo', 'true')
  const body = `echo ${crypto.randomUUID()}`
  const entry = echoStreamEntry(body)
  const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl: edge.QueueUrl, Entries: [entry] }))
  expect(Failed ?? []).toEqual([])
  expect(JSON.parse(await logged(edge.FunctionName, body))).toMatchObject({
    type: 'order',
    trackingId: entry.MessageAttributes.trackingId.StringValue,
    body,
  })
})

it('refuses it, to the sender, on an edge without', async () => {
  const { QueueUrl } = await deployEdge('silent', 'false')
  const sent = client
    .send(new SendMessageBatchCommand({ QueueUrl, Entries: [echoStreamEntry('echo')] }))
    .then(({ Failed = [] }) => Failed)
  await expect(sent).resolves.toEqual([
    expect.objectContaining({ Message: expect.stringContaining('ContentBasedDeduplication') }),
  ])
})
