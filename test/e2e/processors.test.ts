import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { createEdge, createMessage } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, expect, it } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'

const sandbox = testSandbox()
const tableName = 'processed-orders'
const closedTable = 'closed-orders'
let sqs: SQSClient
let dynamodb: DynamoDBClient
let edgeQueue: string
let target: string
let functionName: string

beforeAll(async () => {
  const options = clientOptions(await sandbox.credentials('home'))
  sqs = new SQSClient(options)
  dynamodb = new DynamoDBClient(options)
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'processed' }))
  target = QueueUrl
  const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] })
  const TargetQueueArns = (await sqs.send(attributes)).Attributes?.QueueArn ?? ''
  for (const TableName of [tableName, closedTable]) {
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
  }
  const targets = [target]
  const { outputs } = await sandbox.deploy({
    account: 'home',
    stack: 'processing',
    template: join(root, 'infra/edge.yaml'),
    parameters: {
      EdgeName: 'processing',
      Fifo: 'false',
      MessageType: 'order',
      PartnerAccountId: '222222222222',
      TargetQueueArns,
      Routes: JSON.stringify({
        list: { processor: 'fanOut', targets, expression: '[lines.{ "article": article }]', type: 'line' },
        order: { processor: 'filter', targets, expression: 'total >= 1000' },
        sale: { processor: 'project', targets, expression: '{ "order": id }', type: 'invoice' },
        row: { processor: 'table', targets, table: tableName, item: '{ "id": id, "total": total }' },
        closed: { processor: 'table', targets: [], table: closedTable },
        slow: { processor: 'project', targets, expression: '$replace(text, /^(a+)+$/, "")', timeout: 500 },
      }),
    },
  })
  edgeQueue = outputs.QueueUrl ?? ''
  functionName = outputs.FunctionName ?? ''
  const Statement = [
    { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: `arn:aws:dynamodb:*:111111111111:table/${tableName}` },
  ]
  await new IAMClient(options).send(
    new PutRolePolicyCommand({
      RoleName: outputs.FunctionRoleArn?.split('/').at(-1),
      PolicyName: 'table',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  )
})

/** Sends messages of a type to the node. */
function send(type: string, ...bodies: unknown[]): Promise<void> {
  const messages = bodies.map((body) => createMessage({ type, body: JSON.stringify(body) }))
  return createEdge({ queueUrl: edgeQueue, client: sqs }).send(messages)
}

/** What arrives at the target, until there are so many messages: type and body. */
async function arrived(count: number): Promise<[string | undefined, unknown][]> {
  const messages: Message[] = []
  const receive = new ReceiveMessageCommand({
    QueueUrl: target,
    MaxNumberOfMessages: 10,
    WaitTimeSeconds: 1,
    MessageAttributeNames: ['All'],
  })
  const end = Date.now() + 15_000
  while (messages.length < count && Date.now() < end) {
    const { Messages = [] } = await sqs.send(receive)
    for (const { ReceiptHandle } of Messages)
      await sqs.send(new DeleteMessageCommand({ QueueUrl: target, ReceiptHandle }))
    messages.push(...Messages)
  }
  return messages.map(({ Body = '', MessageAttributes }) => [
    MessageAttributes?.messageType?.StringValue,
    JSON.parse(Body),
  ])
}

/** The reason of the first message that fails with this code. */
async function failure(code: string): Promise<string | undefined> {
  const since = new Date(Date.now() - 60_000)
  const signal = AbortSignal.timeout(15_000)
  for await (const { message } of sandbox.logs(functionName, { account: 'home', since, follow: true, signal })) {
    if (message.includes(`"code":"${code}"`)) return JSON.parse(message).reason
  }
  return undefined
}

it('splits, filters and projects messages on their way', async () => {
  await send('list', { lines: [{ article: 'a' }, { article: 'b' }] })
  expect(new Set(await arrived(2))).toEqual(
    new Set([
      ['line', { article: 'a' }],
      ['line', { article: 'b' }],
    ]),
  )
  await send('order', { id: 1, total: 999 }, { id: 2, total: 1000 })
  expect(await arrived(1)).toEqual([['order', { id: 2, total: 1000 }]])
  await send('sale', { id: 3, secret: true })
  expect(await arrived(1)).toEqual([['invoice', { order: 3 }]])
})

it('writes an item to a table, and then sends the message on', async () => {
  const id = randomUUID()
  await send('row', { id, total: 7, more: true })
  expect(await arrived(1)).toEqual([['row', { id, total: 7, more: true }]])
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key: { id: { S: id } } }))
  expect(Item).toEqual({ id: { S: id }, total: { N: '7' } })
})

it('fails a message whose item the table refuses, in one sentence', async () => {
  await send('closed', { id: 'a' })
  expect(await failure('TableError')).toMatch(
    /^An item was not written to the table closed-orders: AccessDeniedException: .*dynamodb:PutItem.*\.$/,
  )
})

it('fails a message that keeps an expression busy, alone', async () => {
  await send('slow', { text: `${'a'.repeat(50)}b` })
  await send('sale', { id: 4 })
  expect(await arrived(1)).toEqual([['invoice', { order: 4 }]])
  expect(await failure('ExpressionError')).toBe(
    'The expression of "project" for messages of type "slow" took more than 500 ms; simplify it or give the route a longer "timeout".',
  )
})
