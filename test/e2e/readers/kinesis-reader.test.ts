import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateStreamCommand, type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { externalId } from '@causeway-aws/auth'
import { kinesisClient } from '@causeway-aws/readers'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { root, testSandbox } from '../../sandbox.ts'

const sandbox = testSandbox()
let home: ClientOptions
let partner: ClientOptions
let kinesis: KinesisClient
/** Where records arrive: an edge whose function takes nothing. */
let edge: Record<string, string>

const stack = (account: 'home' | 'partner', name: string, template: string, parameters: Record<string, string>) =>
  sandbox
    .deploy({ account, stack: name, template: join(root, 'infra', template), parameters })
    .then(({ outputs }) => outputs)

beforeAll(async () => {
  home = clientOptions(await sandbox.credentials('home'))
  partner = clientOptions(await sandbox.credentials('partner'))
  kinesis = kinesisClient(partner)
  edge = await stack('home', 'read', 'edge.yaml', {
    EdgeName: 'read',
    MessageType: 'order',
    TriggerEnabled: 'false',
    Routes: '{"*":{"processor":"process"}}',
  })
}, 120_000)

/** A stream of the partner, a role that may read it, and a reader in home that has an ExternalId: the right one, or another. */
async function reader(name: string, given?: string): Promise<Record<string, string>> {
  const id = externalId()
  const StreamArn = `arn:aws:kinesis:${home.region}:${accountIds.partner}:stream/${name}`
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 2 }))
  const role = await stack('partner', `${name}-role`, 'partner/reader-role.yaml', {
    RoleName: `${name}-reader`,
    ReaderAccountId: accountIds.home,
    ExternalIds: id,
    StreamArn,
  })
  const secrets = new SecretsManagerClient(home)
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: given ?? id }))
  return stack('home', `${name}-reader`, 'kinesis-reader.yaml', {
    ReaderName: name,
    StreamArn,
    RoleArn: role.RoleArn ?? '',
    ExternalIdArn: ARN,
    TargetQueueUrl: edge.QueueUrl ?? '',
    TargetQueueArn: edge.QueueArn ?? '',
    TargetKeyArn: edge.KeyArn ?? '',
    MessageType: 'order',
  })
}

const put = (StreamName: string, numbers: readonly number[]) =>
  kinesis.send(
    new PutRecordsCommand({
      StreamName,
      Records: numbers.map((number) => ({ PartitionKey: `customer-${number % 7}`, Data: Buffer.from(`${number}`) })),
    }),
  )

async function plan(FunctionName = ''): Promise<unknown> {
  const { Payload = [], FunctionError } = await new LambdaClient(home).send(
    new InvokeCommand({ FunctionName, Payload: '{"plan":true}' }),
  )
  const answer = JSON.parse(Buffer.from(Payload).toString())
  if (FunctionError) throw new Error(answer.errorMessage)
  return answer
}

/** What arrives, by its group, in the order in which it does. */
async function arrived(count: number): Promise<Map<string, number[]>> {
  const sqs = new SQSClient(home)
  const groups = new Map<string, number[]>()
  let size = 0
  for (const end = performance.now() + 60_000; size < count && performance.now() < end; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: edge.QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    )
    for (const { Body, Attributes } of Messages) {
      const group = Attributes?.MessageGroupId ?? ''
      groups.set(group, [...(groups.get(group) ?? []), Number(Body)])
    }
    size += Messages.length
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }))
    if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: edge.QueueUrl, Entries }))
  }
  return groups
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

describe('A stream of the partner, read by the function,', () => {
  it('arrives at an edge, in order, once, as the planner has its shards drained', { timeout: 180_000 }, async () => {
    const { FunctionName } = await reader('orders')
    const wanted = (from: number, to: number) =>
      new Map([...Map.groupBy(numbers(from, to), (number) => `customer-${number % 7}`)].sort())
    await put('orders', numbers(0, 300))
    expect(await plan(FunctionName)).toEqual({ planned: 2, claimed: 0, finished: 0, waiting: 0 })
    expect(new Map([...(await arrived(300))].sort())).toEqual(wanted(0, 300))
    await put('orders', numbers(300, 400))
    await sleep(1_000) // the drains have ended
    await plan(FunctionName)
    expect(new Map([...(await arrived(100))].sort())).toEqual(wanted(300, 400))
  })

  it('is refused with another ExternalId, and the log says so', { timeout: 120_000 }, async () => {
    const { FunctionName = '' } = await reader('refused', 'not-the-external-id-of-this-role')
    await expect(plan(FunctionName)).rejects.toThrow(/STS refuses .*refused-reader/)
  })
})
