import { cp, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GetFunctionCommand, InvokeCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import {
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { DeployOptions, LogLine, SandboxCredentials } from '@causeway-aws/sandbox'
import { beforeAll, expect, test } from 'vitest'
import { type Checkout, temporaryCheckout } from './temporary-checkout.ts'

let checkout: Checkout
let template: string
beforeAll(async () => {
  const { dispose, ...made } = await temporaryCheckout()
  checkout = made
  process.env.SECRET_OF_THE_USER = 'sesame'
  await made.sandbox.start({ port: made.port })
  template = await copyOfGreeter('greeter')
  return dispose
})

async function copyOfGreeter(name: string): Promise<string> {
  const folder = join(checkout.directory, name)
  await cp(join(import.meta.dirname, 'greeter'), folder, { recursive: true })
  return join(folder, 'template.yaml')
}

async function write(name: string, text: string): Promise<string> {
  const file = join(checkout.directory, name)
  await writeFile(file, text)
  return file
}

async function deploy(options: Partial<DeployOptions> = {}): Promise<{
  lines: string[]
  outputs: Record<string, string>
  leftOut: string[]
  changed: boolean
}> {
  const lines: string[] = []
  const deployment = await checkout.sandbox.deploy({
    template,
    account: 'home',
    stack: 'greeter',
    parameters: { Name: 'orders' },
    onProgress: (line) => lines.push(line),
    ...options,
  })
  return { ...deployment, lines }
}

async function clientOptions(account: 'home' | 'partner' = 'home'): Promise<{
  endpoint: string
  region: string
  credentials: Pick<SandboxCredentials, 'accessKeyId' | 'secretAccessKey'>
}> {
  const { endpoint, region, ...credentials } = await checkout.sandbox.credentials(account)
  return { endpoint, region, credentials }
}

async function invoke(): Promise<{ version: number; node: string; environment: string[] }> {
  const lambda = new LambdaClient(await clientOptions())
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'orders', Payload: '{}' }))
  return JSON.parse(Buffer.from(Payload ?? []).toString())
}

async function log(functionName: string, since?: Date): Promise<LogLine[]> {
  const lines: LogLine[] = []
  const options = { account: 'home', ...(since && { since }) } as const
  for await (const line of checkout.sandbox.logs(functionName, options)) lines.push(line)
  return lines
}

async function logged(signal: AbortSignal, text: string): Promise<string | undefined> {
  for await (const { message } of checkout.sandbox.logs('orders', { account: 'home', follow: true, signal })) {
    if (message === text) return message
  }
  return undefined
}

test('a template is deployed, a line for each resource, and what the emulator does not know is left out visibly', async () => {
  const { lines, outputs, leftOut, changed } = await deploy()
  expect(lines).toEqual([
    'left out  Rotation  AWS::SecretsManager::RotationSchedule: the emulator does not know this type',
    'created   Queue  AWS::SQS::Queue',
    'created   Role  AWS::IAM::Role',
    'created   Function  AWS::Lambda::Function',
    'created   FunctionQueue  AWS::Lambda::EventSourceMapping',
  ])
  expect(leftOut).toEqual(['Rotation'])
  expect(changed).toBe(true)
  expect(outputs).toEqual({
    QueueUrl: `http://127.0.0.1:${checkout.port}/111111111111/orders.fifo`,
    FunctionRole: 'arn:aws:iam::111111111111:role/orders-greeter',
  })
  expect(await checkout.sandbox.status()).toMatchObject({
    stacks: [{ account: 'home', name: 'greeter', status: 'CREATE_COMPLETE' }],
  })
})

test('the function has the role that the template gives it, our Node, and nothing of our environment', async () => {
  const lambda = new LambdaClient(await clientOptions())
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'orders' }))
  expect(Configuration?.Role).toBe('arn:aws:iam::111111111111:role/orders-greeter')
  const { node, environment } = await invoke()
  expect(node).toBe(process.version)
  expect(environment).toContain('GREETING')
  expect(environment).not.toContain('SECRET_OF_THE_USER')
})

test('a message in the queue runs the function, and its log can be followed from before its first line', async () => {
  const line = logged(AbortSignal.timeout(15_000), 'hello, order 1001')
  const sqs = new SQSClient(await clientOptions())
  const QueueUrl = `http://127.0.0.1:${checkout.port}/111111111111/orders.fifo`
  const message = { MessageBody: 'order 1001', MessageGroupId: 'a', MessageDeduplicationId: '1' }
  await sqs.send(new SendMessageCommand({ QueueUrl, ...message }))
  expect(await line).toBe('hello, order 1001')
})

test('the same again changes nothing, and still says what is left out', async () => {
  const { lines, leftOut, outputs, changed } = await deploy()
  expect({ leftOut, changed, lines: lines.length }).toEqual({ leftOut: ['Rotation'], changed: false, lines: 1 })
  expect(outputs.FunctionRole).toBe('arn:aws:iam::111111111111:role/orders-greeter')
})

test('changed code is taken up by a function that is warm', async () => {
  expect((await invoke()).version).toBe(1)
  const file = join(checkout.directory, 'greeter', 'code', 'index.js')
  await writeFile(file, (await readFile(file, 'utf8')).replace('version: 1', 'version: 2'))
  expect((await deploy()).changed).toBe(true)
  expect((await invoke()).version).toBe(2)
})

test.each([
  ['does not parse', 'exports.handler = (', /index\.js:1\n.*SyntaxError: Unexpected end of input/s],
  ['lacks a package', "require('left-out')", /Error: Cannot find module 'left-out'/],
  [
    'throws',
    "console.log('loading'); throw new Error('TABLE is not set')",
    /loading\n.*TABLE is not set\n.*index\.js:1/s,
  ],
])('a function that %s when it is loaded says so in its log', async (what, code, reason) => {
  const name = what.replaceAll(' ', '')
  const broken = await copyOfGreeter(name)
  await writeFile(join(broken, '..', 'code', 'index.js'), code)
  await deploy({ template: broken, account: 'partner', stack: name, parameters: { Name: name } })
  const lambda = new LambdaClient(await clientOptions('partner'))
  await lambda.send(new InvokeCommand({ FunctionName: name, Payload: '{}' }))
  const lines: string[] = []
  for await (const { message } of checkout.sandbox.logs(name, { account: 'partner' })) lines.push(message)
  expect(lines.join('\n')).toMatch(reason)
})

test('a stack of the same name in the other account is another stack', async () => {
  const { outputs, changed } = await deploy({ account: 'partner' })
  expect(changed).toBe(true)
  expect(outputs.FunctionRole).toBe('arn:aws:iam::222222222222:role/orders-greeter')
})

test('a template that fails gives one sentence with the first reason, and can be mended', async () => {
  const queue = 'Resources: { Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: orders.fifo } } }'
  const bad = { template: await write('bad.yaml', queue), stack: 'bad', parameters: {} }
  const sentence = `Stack bad in home could not be made from ${bad.template}: Queue (AWS::SQS::Queue) failed: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.`
  await expect(deploy(bad)).rejects.toThrow(sentence)
  await expect(deploy(bad)).rejects.toThrow(sentence)
  await write('bad.yaml', queue.replace('orders.fifo', 'answers'))
  expect((await deploy(bad)).changed).toBe(true)
})

test('a template that CloudFormation does not take gives its reason, and can be mended', async () => {
  const circle = 'Resources: { A: { Type: AWS::SQS::Queue, DependsOn: B }, B: { Type: AWS::SQS::Queue, DependsOn: A } }'
  const file = await write('circle.yaml', circle)
  const options = { template: file, stack: 'circle', parameters: {} }
  const reason = /^Stack circle in home could not be made from .*circle\.yaml: .*[Cc]ircular.*\.$/
  await expect(deploy(options)).rejects.toThrow(reason)
  await write('circle.yaml', circle.replace(', DependsOn: A', ''))
  expect((await deploy(options)).changed).toBe(true)
  await write('circle.yaml', circle)
  await expect(deploy(options)).rejects.toThrow(reason)
  await write('circle.yaml', circle.replace(', DependsOn: A', ', Properties: { DelaySeconds: 1 }'))
  expect((await deploy(options)).changed).toBe(true)
})

test('a value that must not be shown is hidden in the reason of a failure', async () => {
  const file = await write(
    'secret.yaml',
    `Parameters: { Password: { Type: String, NoEcho: true } }
Resources: { Text: { Type: AWS::SSM::Parameter, Properties: { Name: /a, Value: b, Type: !Ref Password } } }`,
  )
  const deployment = deploy({ template: file, stack: 'secret', parameters: { Password: 'sesame' } })
  const error = await deployment.catch((reason: unknown) => String(reason))
  expect(error).toMatch(/DeploymentFailed: .* Text \(AWS::SSM::Parameter\) failed: .*'\*\*\*\*'/)
  expect(error).not.toContain('sesame')
})

test('a reference to what the emulator does not know is an error, and nothing is made', async () => {
  const file = await write(
    'reference.yaml',
    `Resources:
  Queue: { Type: AWS::SQS::Queue }
  Rotation: { Type: AWS::SecretsManager::RotationSchedule, Properties: { SecretId: x } }
Outputs: { Rotation: { Value: !Sub 'the \${Rotation}' } }`,
  )
  await expect(deploy({ template: file, stack: 'reference', parameters: {} })).rejects.toThrow(
    /does not know Rotation \(AWS::SecretsManager::RotationSchedule\), and Rotation in .*reference\.yaml refers to it/,
  )
  expect(await checkout.sandbox.status()).not.toMatchObject({ stacks: [{ name: 'reference' }] })
})

test('a bundle that is not there is missed before anything is sent', async () => {
  const file = await write(
    'unbuilt.yaml',
    'Resources: { F: { Type: AWS::Serverless::Function, Properties: { CodeUri: dist } } }',
  )
  await expect(deploy({ template: file, parameters: {} })).rejects.toThrow(
    /The code of F in .*unbuilt\.yaml is not there: .*dist has no files\. Run `npm run build` and try again\./,
  )
})

test('a bundle that is older than its sources is deployed, and that is said', async () => {
  const parameters = { Name: 'outdated' }
  const outdated = {
    template: await copyOfGreeter('outdated'),
    account: 'partner',
    stack: 'outdated',
    parameters,
  } as const
  const folder = join(checkout.directory, 'outdated')
  await writeFile(join(folder, 'index.ts'), '')
  await writeFile(join(folder, 'code', 'index.js.map'), JSON.stringify({ sources: ['../index.ts', 'made:up'] }))
  const said = async () => (await deploy(outdated)).lines.filter((line) => line.startsWith('outdated'))
  expect(await said()).toEqual([])
  await utimes(join(folder, 'index.ts'), new Date(), new Date(Date.now() + 1000))
  expect(await said()).toEqual([
    `outdated  Function  ${join(folder, 'code')} is older than its sources; \`npm run build\` makes it anew`,
  ])
})

test.each([
  [{ Type: 'Number' }, 'ten', 'must be a number; got "ten".'],
  [{ Type: 'Number', MinValue: 1 }, '0', 'must be at least 1; got "0".'],
  [{ Type: 'String', AllowedValues: ['a', 'b'] }, 'c', 'must be one of a, b; got "c".'],
  [{ Type: 'String', AllowedPattern: '[a-z]+' }, 'A1', 'must match [a-z]+; got "A1".'],
])(
  'a value that a parameter of %j may not have is refused before anything is built',
  async (parameter, value, said) => {
    const built: string[] = []
    const build = async (folder: string) => built.push(folder) > 0
    const typed = await readFile(template, 'utf8')
    const file = join(checkout.directory, 'greeter', 'typed.yaml')
    await writeFile(file, typed.replace(/^Parameters:$/m, `Parameters:\n  Typed: ${JSON.stringify(parameter)}`))
    const parameters = { Name: 'orders', Typed: value }
    await expect(deploy({ template: file, stack: 'typed', parameters, build })).rejects.toThrow(
      `Parameter Typed of ${file} ${said}`,
    )
    expect(built).toEqual([])
  },
)

test('a bundle is made before it is read, where somebody says how, and is then not outdated', async () => {
  const file = await copyOfGreeter('built')
  const folder = join(checkout.directory, 'built', 'code')
  const made = { template: file, account: 'partner', stack: 'built', parameters: { Name: 'built' } } as const
  await deploy(made)
  await writeFile(join(folder, 'index.js.map'), JSON.stringify({ sources: ['../template.yaml'] }))
  await utimes(file, new Date(), new Date(Date.now() + 1000))
  const asked: string[] = []
  const build = async (place: string) => {
    asked.push(place)
    await writeFile(join(place, 'made.js'), '')
    return true
  }
  const { changed, lines } = await deploy({ ...made, build })
  expect({ asked, changed }).toEqual({ asked: [folder], changed: true })
  expect(lines.filter((line) => line.startsWith('outdated'))).toEqual([])
})

test.each([
  [
    'a parameter',
    'NAME: expected a name of ours, got "alien". Example: NAME=orders',
    /^Parameter Name of .*choosy\.yaml is refused by Function, which could not be loaded with it: expected a name of ours, got "alien"\. Example: Name=orders$/,
  ],
  [
    'a secret parameter, without repeating it',
    'PASSWORD: expected none, got "sesame open"',
    /Password .* got "\*\*\*\*"$/,
  ],
  ['a literal', 'MOOD: expected a better one', /^Variable MOOD of .*: expected a better one$/],
  ['two of them', 'NAME: one\nMOOD: other', /^Parameter Name .*: one\nVariable MOOD .*: other$/],
])(
  'what a function refuses of %s when it is loaded is refused before anything is sent',
  async (_what, fault, sentence) => {
    const choosy = join(await copyOfGreeter('choosy'), '..', 'choosy.yaml')
    const text = await readFile(template, 'utf8')
    const variables = 'Variables:\n          NAME: !Ref Name\n          PASSWORD: !Ref Password\n          MOOD: bad\n'
    await writeFile(choosy, text.replace('Variables:\n', variables))
    await writeFile(
      join(choosy, '..', 'code', 'index.js'),
      `if (process.env.NAME === 'alien') throw Object.assign(new Error(${JSON.stringify(fault)}), { code: 'ConfigurationError' })`,
    )
    const deployment = (Name: string) =>
      deploy({ template: choosy, stack: 'choosy', parameters: { Name, Password: 'sesame open' } })
    const error = await deployment('alien').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'InvalidTemplate', message: expect.stringMatching(sentence) })
    expect(await checkout.sandbox.status()).not.toMatchObject({ stacks: [{ name: 'choosy' }] })
  },
)

test('what a function refuses of variables that only AWS knows is left for its log', async () => {
  const file = await copyOfGreeter('deaf')
  await writeFile(
    join(file, '..', 'code', 'index.js'),
    `throw Object.assign(new Error('GREETING: expected another'), { code: 'ConfigurationError' })`,
  )
  const parameters = { Name: 'deaf' }
  expect(await deploy({ template: file, account: 'partner', stack: 'deaf', parameters })).toMatchObject({
    changed: true,
  })
})

test('a name that no stack can have is refused', async () => {
  await expect(deploy({ stack: '1st' })).rejects.toThrow(/"1st" is not\./)
})

test('the log of a function that is not there is missed, with the functions that are', async () => {
  await expect(log('ordres')).rejects.toThrow('There is no function ordres in home. It has orders.')
})

test('lines from before a moment are left out', async () => {
  const lines = await log('orders')
  const since = new Date((lines.at(-1)?.timestamp.getTime() ?? 0) + 1)
  expect(lines.length).toBeGreaterThan(0)
  expect(await log('orders', since)).toEqual([])
})

test('a version of an object is not deleted from a bucket that a template has locked, as in AWS', async () => {
  const locked = await write(
    'locked.yaml',
    `Resources:
  Records:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: records
      ObjectLockEnabled: true
      ObjectLockConfiguration:
        ObjectLockEnabled: Enabled
        Rule: { DefaultRetention: { Mode: COMPLIANCE, Days: 1 } }
      VersioningConfiguration: { Status: Enabled }
`,
  )
  await deploy({ template: locked, stack: 'locked', parameters: {} })
  const s3 = new S3Client(await clientOptions())
  const object = { Bucket: 'records', Key: 'record' }
  const { VersionId } = await s3.send(new PutObjectCommand({ ...object, Body: 'kept' }))
  const deletion = s3.send(new DeleteObjectCommand({ ...object, VersionId }))
  await expect(deletion).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('object lock'),
  })
})

test("a stack's bucket has the lifecycle rules of its template, as in AWS, until that has none", async () => {
  const kept = await write(
    'kept.yaml',
    `Parameters:
  Days: { Type: Number, Default: 0 }
Conditions:
  Expires: !Not [!Equals [!Ref Days, 0]]
Resources:
  Kept:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: kept
      LifecycleConfiguration: !If
        - Expires
        - Rules:
            - Id: expire
              Status: Enabled
              ExpirationInDays: !Ref Days
              NoncurrentVersionExpiration: { NoncurrentDays: 1 }
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 }
            - { Id: tidy, Status: Enabled, ExpiredObjectDeleteMarker: true }
        - !Ref AWS::NoValue
`,
  )
  const s3 = new S3Client(await clientOptions())
  const rules = async () => (await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: 'kept' }))).Rules
  await deploy({ template: kept, stack: 'kept', parameters: { Days: '30' } })
  expect(await rules()).toEqual([
    {
      ID: 'expire',
      Filter: expect.anything(),
      Status: 'Enabled',
      Expiration: { Days: 30 },
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    },
    { ID: 'tidy', Filter: expect.anything(), Status: 'Enabled', Expiration: { ExpiredObjectDeleteMarker: true } },
  ])
  await deploy({ template: kept, stack: 'kept', parameters: {} })
  await expect(rules()).rejects.toThrow('lifecycle configuration does not exist')
})

test("a stack's trigger that its template makes off says that it is off, as in AWS", async () => {
  const off = await write(
    'off.yaml',
    `Resources:
  Queue:
    Type: AWS::SQS::Queue
  Trigger:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { EventSourceArn: !GetAtt Queue.Arn, FunctionName: orders, Enabled: false }
Outputs:
  QueueArn: { Value: !GetAtt Queue.Arn }
`,
  )
  const { QueueArn: EventSourceArn } = (await deploy({ template: off, stack: 'off', parameters: {} })).outputs
  const lambda = new LambdaClient(await clientOptions())
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn }))
  expect(EventSourceMappings?.map(({ State }) => State)).toEqual(['Disabled'])
})

test('a stack that several make at once is made once, and the others wait for it', async () => {
  const twice = { stack: 'greeter-twice', parameters: { Name: 'twice' } }
  const made = await Promise.all(Array.from({ length: 8 }, () => deploy(twice)))
  expect(made.filter(({ changed }) => changed)).toHaveLength(1)
  const roles = new Set(made.map(({ outputs }) => outputs.FunctionRole))
  expect(roles).toEqual(new Set(['arn:aws:iam::111111111111:role/twice-greeter']))
})
