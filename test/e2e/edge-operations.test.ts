import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
} from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, policies } from '@causeway-aws/auth'
import { createEdge, createMessage, edgeConsumer, type Logger, type Redriven, redrive } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, type Ended, shell } from '../causeway.ts'
import { root, sandboxDirectory, testSandbox, variablesOf } from '../sandbox.ts'

const sandbox = testSandbox()
let client: SQSClient
let home: Record<string, string>

beforeAll(async () => {
  client = new SQSClient(clientOptions(await sandbox.credentials('home')))
  home = await variablesOf('home')
})

async function deploy(EdgeName: string, parameters: Record<string, string>): Promise<Record<string, string>> {
  const template = join(root, 'infra/edge.yaml')
  return (await sandbox.deploy({ template, account: 'home', stack: EdgeName, parameters: { EdgeName, ...parameters } }))
    .outputs
}

/** A queue that so many functions are triggered by. */
async function deployTriggers(name: string, count: number): Promise<Record<string, string>> {
  const triggers = Array.from({ length: count }, (_, index) => {
    const code = { ZipFile: 'exports.handler = async () => {}' }
    const Role = 'arn:aws:iam::111111111111:role/none'
    const FunctionName = `causeway-${name}-${index}`
    const of = { FunctionName, Runtime: 'nodejs24.x', Handler: 'index.handler', Role, Code: code }
    const from = { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: `Function${index}` } }
    return {
      [`Function${index}`]: { Type: 'AWS::Lambda::Function', Properties: of },
      [`Trigger${index}`]: { Type: 'AWS::Lambda::EventSourceMapping', Properties: from },
    }
  })
  const template = join(sandboxDirectory(), `${name}.json`)
  const Queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: name } }
  const Resources = Object.assign({ Queue }, ...triggers)
  await writeFile(template, JSON.stringify({ Resources, Outputs: { QueueUrl: { Value: { Ref: 'Queue' } } } }))
  return (await sandbox.deploy({ template, account: 'home', stack: name, parameters: {} })).outputs
}

/** SQS as a process of this account knows it that may receive from an edge, and do nothing else. */
async function receiverOf({ QueueArn = '', KeyArn = '' }: Record<string, string>): Promise<SQSClient> {
  const options = clientOptions(await sandbox.credentials('home'))
  const iam = new IAMClient(options)
  const RoleName = 'edge-operations-receiver'
  const [, , , , account] = QueueArn.split(':')
  const Statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${account}:root` } }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  const PolicyDocument = JSON.stringify(policies.edgeReceive({ queueArn: QueueArn, keyArn: KeyArn }))
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'receive', PolicyDocument }))
  return new SQSClient({
    ...options,
    credentials: assumedRole({ roleArn: Role?.Arn ?? '', sts: new STSClient(options) }),
  })
}

async function turnOffTriggers(FunctionName: string): Promise<void> {
  const lambda = new LambdaClient(clientOptions(await sandbox.credentials('home')))
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }))
  for (const { UUID } of EventSourceMappings) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }))
  }
}

const bodiesOf = (lines: string): string[] => {
  return lines
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).body)
    .filter((body) => body !== undefined)
}

const edge = (...args: string[]): Promise<Ended> => causeway(['edge', ...args], { env: home })

describe('An edge whose node cannot do its work', () => {
  it('is paused; what was given up is looked at, redriven in its order, and runs when the node goes on', async () => {
    const target = await deploy('mended-target', { TriggerEnabled: 'false' })
    const routes = (type: string) => ({
      MaxAttempts: '1',
      Routes: JSON.stringify({ [type]: { processor: 'forward', targets: [target.QueueUrl] } }),
      TargetQueueArns: target.QueueArn ?? '',
      TargetKeyArns: target.KeyArn ?? '',
    })
    const { QueueUrl = '', DeadLetterQueueUrl = '' } = await deploy('mended', routes('other'))
    const bodies = ['first', 'second', 'third']
    const messages = bodies.map((body) => createMessage({ type: 'order', body, groupId: 'g' }))
    await createEdge({ queueUrl: QueueUrl, client }).send(messages)
    let peeked = ''
    while (bodiesOf(peeked).length < 3) peeked = (await edge('peek', 'mended-dead.fifo', '--json')).stdout
    expect(bodiesOf(peeked)).toEqual(bodies)
    expect(JSON.parse(peeked.split('\n')[0] ?? '')).toMatchObject({
      attempts: 1,
      reason: expect.stringContaining('No route is for messages of type "order"'),
    })
    expect((await edge('peek', 'mended-dead.fifo')).stdout).toMatch(/given up after 1 attempt: No route is for/)

    const paused = await edge('pause', 'mended.fifo', '--json')
    expect(JSON.parse(paused.stdout)).toMatchObject({
      paused: true,
      triggers: [{ function: 'causeway-mended-trigger', state: 'Disabled' }],
    })
    await deploy('mended', routes('order'))
    const received = await client.send(new ReceiveMessageCommand({ QueueUrl: DeadLetterQueueUrl }))
    expect(await edge('redrive', 'mended.fifo')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^No dead letter is to be seen now\.\nSQS counts 1 more in hand: .*\n$/),
    })
    const ReceiptHandle = received.Messages?.[0]?.ReceiptHandle
    const shown = { QueueUrl: DeadLetterQueueUrl, ReceiptHandle, VisibilityTimeout: 0 }
    await client.send(new ChangeMessageVisibilityCommand(shown))
    const redriven = await edge('redrive', 'mended.fifo', '--json')
    expect(redriven).toMatchObject({ code: 0, stderr: '3 of the dead letters are on the edge again.\n' })
    expect((await edge('redrive', 'mended.fifo')).stderr).toBe('There is no dead letter.\n')
    await sleep(1_000)
    expect(bodiesOf((await edge('peek', 'mended.fifo', '--json')).stdout)).toEqual(bodies)

    expect((await edge('resume', 'mended.fifo')).stdout).toMatch(/trigger of causeway-mended-trigger {2}Enabled/)
    let arrived = ''
    while (bodiesOf(arrived).length < 3) arrived = (await edge('peek', 'mended-target.fifo', '--json')).stdout
    expect(bodiesOf((await edge('drain', 'mended-target.fifo', '--json')).stdout)).toEqual(bodies)
    expect((await edge('drain', 'mended-target.fifo')).stderr).toBe('No message within 2 s.\n')
  })

  it('has a consumer wait, too', async () => {
    const outputs = await deploy('consumed', { TriggerEnabled: 'false' })
    const { QueueUrl = '' } = outputs
    const receiver = await receiverOf(outputs)
    await edge('pause', 'consumed.fifo')
    const controller = new AbortController()
    const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
    const received: string[] = []
    const consumer = edgeConsumer(
      { queueUrl: QueueUrl, client: receiver, logger: silent, signal: controller.signal },
      async ({ body }) => received.push(body),
    )
    await createEdge({ queueUrl: QueueUrl, client }).send([createMessage({ type: 'order', body: 'waits' })])
    await sleep(1_500)
    expect(received).toEqual([])
    controller.abort()
    await consumer

    // Its trigger was off before it was paused.
    expect(JSON.parse((await edge('resume', 'consumed.fifo', '--json')).stdout)).toMatchObject({
      paused: false,
      wasPaused: true,
      tag: 'no trigger',
      triggers: [{ function: 'causeway-consumed-trigger', before: 'Disabled', state: 'Disabled' }],
    })
    const end = new AbortController()
    await edgeConsumer(
      { queueUrl: QueueUrl, client: receiver, logger: silent, signal: end.signal },
      async ({ body }) => {
        received.push(body)
        end.abort()
      },
    )
    expect(received).toEqual(['waits'])
    expect((await edge('peek', 'consumed.fifo')).stdout).toBe('')
  })
})

it('redrives a dead letter whose tracking id would move the cursor, and shows what that is', async () => {
  const { DeadLetterQueueUrl = '' } = await deploy('painted', { TriggerEnabled: 'false' })
  const trackingId = { DataType: 'String', StringValue: '\u009b2Jgone\n' }
  await client.send(
    new SendMessageCommand({
      QueueUrl: DeadLetterQueueUrl,
      MessageBody: 'order',
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
      MessageAttributes: { trackingId },
    }),
  )
  expect((await edge('redrive', 'painted.fifo')).stdout).toBe('\\u{9b}2Jgone\\u{a}  no node said why\n')
})

it('redrives the dead letters that an edge can take, and says which it cannot, and why', async () => {
  const { QueueUrl = '', DeadLetterQueueUrl = '' } = await deploy('narrow', { TriggerEnabled: 'false' })
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { MaximumMessageSize: '1024' } }))
  const [large, behind, other] = [
    createMessage({ type: 'order', body: 'x'.repeat(2_000), groupId: 'g' }),
    createMessage({ type: 'order', body: 'behind', groupId: 'g' }),
    createMessage({ type: 'order', body: 'other' }),
  ] as const
  await createEdge({ queueUrl: DeadLetterQueueUrl, client }).send([large, behind, other])
  const { code, stdout, stderr } = await edge('redrive', 'narrow.fifo')
  expect(code).toBe(1)
  expect(stdout.trim().split('\n').sort()).toEqual(
    [
      `${large.trackingId}  not redriven: InvalidParameterValue: One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes`,
      `${other.trackingId}  no node said why`,
    ].sort(),
  )
  expect(stderr).toBe(
    '1 of the dead letters is on the edge again.\n1 could not be redriven, and stays with what is behind in the same group.\n',
  )
  expect(bodiesOf((await edge('drain', 'narrow.fifo', '--json')).stdout)).toEqual(['other'])

  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { MaximumMessageSize: '1048576' } }))
  expect(await edge('redrive', 'narrow.fifo')).toMatchObject({
    code: 0,
    stderr: '2 of the dead letters are on the edge again.\n',
  })
  expect(bodiesOf((await edge('drain', 'narrow.fifo', '--json')).stdout)).toEqual([large.body, behind.body])
})

it('redrives each dead letter once where its node gives it up again at once, and says so', async () => {
  const bodies = ['first', 'second', 'third']
  const routes = JSON.stringify({ other: { processor: 'process', targets: [] } })
  const { QueueUrl = '' } = await deploy('hopeless', { MaxAttempts: '1', Routes: routes })
  const messages = bodies.map((body) => createMessage({ type: 'order', body }))
  await createEdge({ queueUrl: QueueUrl, client }).send(messages)
  const peeked = async () => bodiesOf((await edge('peek', 'hopeless-dead.fifo', '--json')).stdout).sort()
  while ((await peeked()).length < 3);

  // Slowly, so that the first is dead again before the last was received.
  const yielded: Redriven[] = []
  for await (const letter of redrive({ from: QueueUrl.replace('.fifo', '-dead.fifo'), to: QueueUrl, client })) {
    yielded.push(letter)
    await sleep(2_000)
  }
  const trackingIds = messages.map(({ trackingId }) => trackingId).sort()
  const idsOf = (letters: Redriven[]) => letters.map(({ trackingId }) => trackingId).sort()
  expect(idsOf(yielded.filter(({ died }) => died === undefined))).toEqual(trackingIds)
  const again = yielded.filter(({ died }) => died === 'again')
  expect(trackingIds).toEqual(expect.arrayContaining(idsOf(again)))
  expect(again).toHaveLength(yielded.length - 3)
  expect(again.length).toBeGreaterThan(0)

  while ((await peeked()).length < 3);
  expect(await peeked()).toEqual(bodies)
  const { stdout, stderr } = await edge('redrive', 'hopeless.fifo')
  const sent = stdout.split('\n').filter((line) => line !== '' && !line.includes('  dead again: '))
  expect(sent.map((line) => line.slice(0, 32)).sort()).toEqual(trackingIds)
  expect(stderr).toMatch(
    /^3 of the dead letters are on the edge again\.\n([123] of them (is|are) dead again, and stays?: .*\n)?$/,
  )
}, 60_000)

it('takes what cannot be read off an edge where it is told to, and prints it as SQS has it', async () => {
  const { QueueUrl = '' } = await deploy('garbled', { TriggerEnabled: 'false' })
  const damaged = { trackingId: 'not one', contentEncoding: 'gzip' }
  const MessageAttributes = Object.fromEntries([
    ...Object.entries(damaged).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ['bytes', { DataType: 'Binary', BinaryValue: Buffer.from('bytes') }],
  ])
  const MessageBody = 'no base64'
  const message = { QueueUrl, MessageBody, MessageAttributes, MessageGroupId: 'g', MessageDeduplicationId: 'one' }
  const { MessageId } = await client.send(new SendMessageCommand(message))
  await createEdge({ queueUrl: QueueUrl, client }).send([createMessage({ type: 'order', body: 'readable' })])
  const left = await edge('drain', 'garbled.fifo', '--json')
  expect([left.code, bodiesOf(left.stdout)]).toEqual([1, ['readable']])
  expect(left.stderr).toContain(`${MessageId}: The message cannot be sent or read: `)
  expect(left.stderr).toContain('It stays on the edge; edge drain --unreadable takes it off.')

  const { code, stdout, stderr } = await edge('drain', 'garbled.fifo', '--unreadable')
  expect([code, stderr]).toEqual([0, '1 message was taken off the edge; then none came within 2 s.\n'])
  expect(JSON.parse(stdout)).toEqual({
    unreadable: 'its body is not base64, as its content encoding has it',
    MessageId,
    Body: MessageBody,
    Attributes: { MessageGroupId: 'g' },
    MessageAttributes: {
      trackingId: { DataType: 'String', StringValue: 'not one' },
      contentEncoding: { DataType: 'String', StringValue: 'gzip' },
      bytes: { DataType: 'Binary', BinaryValue: Buffer.from('bytes').toString('base64') },
    },
  })
  expect((await edge('drain', 'garbled.fifo', '--unreadable')).stderr).toBe('No message within 2 s.\n')
})

it('stops redriving when nobody reads on, and says how many it were', async () => {
  const { DeadLetterQueueUrl = '' } = await deploy('unread', { TriggerEnabled: 'false' })
  const letters = Array.from({ length: 12 }, (_, number) => createMessage({ type: 'order', body: `${number}` }))
  await createEdge({ queueUrl: DeadLetterQueueUrl, client }).send(letters)
  const { stdout, stderr } = await shell(
    'causeway edge redrive unread.fifo --json | head -1 > /dev/null; echo "$PIPESTATUS"',
    { env: home },
  )
  expect(stdout).toBe('1\n')
  const said =
    /^Standard output is closed or full, so no more of them are sent\.\n(\d+) of the dead letters \w+ on the edge/
  const [, sent] = said.exec(stderr)?.map(Number) ?? []
  // On a machine that is busy the pipe may be closed a line later.
  expect([1, 2, 3, 4], stderr).toContain(sent)
  expect(bodiesOf((await edge('drain', 'unread.fifo', '--json')).stdout)).toHaveLength(Number(sent))
  expect(bodiesOf((await edge('drain', 'unread-dead.fifo', '--json')).stdout)).toHaveLength(12 - Number(sent))
})

it('has messages run for ever where nothing is given up; what could not be read is redriven from where it is named', async () => {
  const { QueueUrl = '', DeadLetterQueueUrl = '' } = await deploy('lasting', {
    MaxAttempts: '0',
    TriggerEnabled: 'false',
  })
  const policyOf = async (queueUrl: string) => {
    const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] })
    return (await client.send(command)).Attributes?.RedrivePolicy
  }
  expect(await policyOf(QueueUrl)).toBeUndefined()
  await createEdge({ queueUrl: DeadLetterQueueUrl, client }).send([createMessage({ type: 'order', body: 'unread' })])
  const { code, stderr } = await edge('redrive', 'lasting.fifo')
  expect([code, stderr]).toEqual([1, expect.stringContaining('names no dead letter queue')])
  expect(await edge('redrive', 'lasting.fifo', '--from', 'lasting-dead.fifo')).toMatchObject({ code: 0 })
  expect(bodiesOf((await edge('drain', 'lasting.fifo', '--json')).stdout)).toEqual(['unread'])

  const { QueueUrl: ending = '' } = await deploy('ending', { MaxAttempts: '100', TriggerEnabled: 'false' })
  expect(JSON.parse((await policyOf(ending)) ?? '')).toMatchObject({ maxReceiveCount: 1000 })
})

it.each(['pause', 'resume', 'redrive'])(
  'says of a refused edge %s that it is for the owner of the edge',
  async (verb) => {
    const { QueueUrl = '' } = await deploy('owned', { PartnerAccountId: '222222222222', TriggerEnabled: 'false' })
    const { code, stderr } = await causeway(['edge', verb, QueueUrl], { env: await variablesOf('partner') })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^sqs:\w+ on http\S+\/111111111111\/owned\.fifo failed: AccessDenied: /)
    expect(stderr).toContain(`edge ${verb} is for the owner of the edge: it needs credentials of account 111111111111`)
  },
)

describe('Pause and resume say what they found', () => {
  const name = 'causeway-found-trigger'
  const consumers = 'processes that consume it  '
  const waiting = `${consumers}wait within 20 seconds, if they may see its tags\n`
  let QueueUrl: string | undefined
  beforeAll(async () => {
    QueueUrl = (await deploy('found', {})).QueueUrl
  })

  it('where the edge was not paused, or was so already', async () => {
    expect(await edge('resume', 'found.fifo')).toEqual({
      code: 0,
      stdout: `trigger of ${name}  Enabled, as before\n${consumers}go on\n`,
      stderr: 'The edge was not paused.\n',
    })
    expect(await edge('pause', 'found.fifo')).toEqual({
      code: 0,
      stdout: `trigger of ${name}  Disabled, was Enabled\n${waiting}`,
      stderr: '',
    })
    expect(await edge('pause', 'found.fifo')).toEqual({
      code: 0,
      stdout: `trigger of ${name}  Disabled, as before\n${waiting}`,
      stderr: 'The edge was paused already.\n',
    })
    const resumed = JSON.parse((await edge('resume', 'found.fifo', '--json')).stdout)
    const trigger = { function: name, before: 'Disabled', state: 'Enabled' }
    expect(resumed).toMatchObject({
      paused: false,
      wasPaused: true,
      tag: resumed.triggers[0].uuid,
      triggers: [trigger],
    })
    const again = JSON.parse((await edge('resume', 'found.fifo', '--json')).stdout)
    expect(again).toMatchObject({
      paused: false,
      wasPaused: false,
      triggers: [{ before: 'Enabled', state: 'Enabled' }],
    })
  })

  it('where a trigger was off before', async () => {
    await turnOffTriggers(name)
    await edge('pause', 'found.fifo')
    const line = `trigger of ${name}  Disabled, as before: edge pause had not turned it off\n`
    expect(await edge('resume', 'found.fifo')).toEqual({ code: 0, stdout: `${line}${consumers}go on\n`, stderr: '' })
  })

  it('where somebody has overwritten the tag', async () => {
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { 'causeway:paused': 'yes' } }))
    const { code, stdout, stderr } = await edge('resume', 'found.fifo')
    const line = `trigger of ${name}  Disabled, as before\n`
    expect({ code, stdout }).toEqual({ code: 1, stdout: `${line}${consumers}go on\n` })
    expect(stderr).toMatch(
      /^The tag causeway:paused was "yes", which edge pause does not write, .* --uuid [\da-f-]{36}\n$/,
    )
  })

  it('of any number of triggers', { timeout: 180_000 }, async () => {
    const { QueueUrl } = await deployTriggers('crowded', 12)
    const off = ['causeway-crowded-3', 'causeway-crowded-11']
    for (const each of off) await turnOffTriggers(each)
    const paused = JSON.parse((await edge('pause', 'crowded', '--json')).stdout)
    expect(paused.triggers).toHaveLength(12)
    expect(await edge('pause', 'crowded')).toMatchObject({ code: 0, stderr: 'The edge was paused already.\n' })
    const tags = await pauseTags()
    expect(Object.keys(tags)).toEqual(['causeway:paused', 'causeway:paused:2'])
    for (const text of Object.values(tags)) expect(text.length).toBeLessThanOrEqual(256)
    const { triggers } = JSON.parse((await edge('resume', 'crowded', '--json')).stdout)
    for (const { function: name, state } of triggers) expect([name, state]).toEqual([name, stateOf(name)])
    expect(await pauseTags()).toEqual({})

    async function pauseTags(): Promise<Record<string, string>> {
      const { Tags = {} } = await client.send(new ListQueueTagsCommand({ QueueUrl }))
      return Object.fromEntries(Object.entries(Tags).filter(([tag]) => tag.startsWith('causeway:')))
    }

    function stateOf(name: string): string {
      return off.includes(name) ? 'Disabled' : 'Enabled'
    }
  })

  it.each([
    'arn:aws:sqs:us-east-1:111111111111:found.fifo',
    'https://sqs.us-east-1.amazonaws.com/111111111111/found.fifo',
  ])('and refuse an edge of another region: %s', async (other) => {
    for (const verb of ['pause', 'resume']) {
      const { code, stderr } = await edge(verb, other)
      const sentence = `${other} is in us-east-1, and the region is eu-central-2. Give --region us-east-1.\n`
      expect({ code, stderr }).toEqual({ code: 2, stderr: sentence })
    }
  })
})

it('does not redrive from the edge itself, however it is named', async () => {
  const { QueueUrl = '' } = await deploy('mended', {})
  expect(await edge('redrive', 'mended.fifo', '--from', QueueUrl)).toEqual({
    code: 2,
    stdout: '',
    stderr: '--from must be the dead letter queue, and not the edge itself.\n',
  })
})

it('says where dead letters are looked for, when an edge names no queue for them', async () => {
  const { DeadLetterQueueUrl = '' } = await deploy('mended', {})
  const { code, stderr } = await edge('redrive', DeadLetterQueueUrl)
  expect(code).toBe(1)
  expect(stderr).toMatch(/names no dead letter queue\. Give the queue that its node puts them in: --from QUEUE/)
})
