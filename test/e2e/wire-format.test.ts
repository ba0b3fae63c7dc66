import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  createEdge,
  createLargeBodies,
  createMessage,
  decodeReceivedMessage,
  encodeMessage,
  type LargeBodies,
  withBody,
} from '@causeway-aws/edge'
import { type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'

const sandbox = testSandbox()
const name = `wire-${crypto.randomUUID().slice(0, 8)}`
const large = 'größer '.repeat(200_000)
let folder: string
let options: ClientOptions
let queueUrl: string
let largeBodies: LargeBodies

/** The Python of docs/wire-format.md as a module, with this test's queue and bucket for those of its example. */
beforeAll(async () => {
  options = clientOptions(await sandbox.credentials('home'))
  const queue = new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true' } })
  queueUrl = (await new SQSClient(options).send(queue)).QueueUrl ?? ''
  await new S3Client(options).send(new CreateBucketCommand({ Bucket: name }))
  largeBodies = createLargeBodies({ bucket: name, prefix: 'orders/', bucketOwner: '111111111111', client: options })

  const page = await readFile(join(root, 'docs/wire-format.md'), 'utf8')
  const [, code = ''] = page.match(/```python\n(.*?)```/s) ?? []
  const module = code
    .replace('https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo', queueUrl)
    .replace('"orders-bodies"', JSON.stringify(name))
  folder = await mkdtemp(join(tmpdir(), 'causeway-wire-format-'))
  await writeFile(join(folder, 'wire_format.py'), module)
})
afterAll(() => rm(folder, { recursive: true }))

async function python(script: string): Promise<string> {
  const variables = { ...process.env, ...(await sandbox.environment('home')), PYTHONPATH: folder }
  // An empty AWS_PROFILE is none to every SDK but Python's.
  const env = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
  const interpreter = join(root, '.venv/sandbox/bin/python')
  const args = ['-c', `from wire_format import *\n${script}`]
  const { stdout } = await promisify(execFile)(interpreter, args, { env, maxBuffer: 64 * 1024 ** 2 })
  return stdout
}

it('is what the Python of its page reads: bodies as they are, compressed, and in S3', async () => {
  const client = new SQSClient(options)
  const message = (body: string) => createMessage({ type: 'order', body, groupId: 'g' })
  await createEdge({ queueUrl, client, largeBodies }).send([message('as it is'), message(large)])
  await createEdge({ queueUrl, client, compressOver: 10 }).send([message('compressed '.repeat(50))])
  const read = await python('print(json.dumps([message["body"] for message in receive()]))')
  expect(JSON.parse(read)).toEqual(['as it is', large, 'compressed '.repeat(50)])
})

it('is what the Python of its page writes', async () => {
  await python(`send("as it is", "order", "g"); send("größer " * 200_000, "order", "g")`)
  const { Messages = [] } = await new SQSClient(options).send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 5,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['MessageGroupId'],
    }),
  )
  const read = await Promise.all(Messages.map((each) => withBody(decodeReceivedMessage(each), largeBodies)))
  expect(read.map(({ body }) => body)).toEqual(['as it is', large])
})

it('lets the Python of its page refuse what is not what its reference says, and a bomb', async () => {
  const reference = await largeBodies.store(large)
  const refusal = async (changes: object) => {
    const { bucket: _, ...wrong } = { ...reference, ...changes }
    const call = `fetch(json.loads(${JSON.stringify(JSON.stringify(wrong))}))`
    return (await python(`try:\n    ${call}\nexcept ValueError as error:\n    print(error)`)).trim()
  }
  expect(await refusal({})).toBe('')
  expect(await refusal({ key: 'orders/../secrets' })).toContain('not directly under')
  expect(await refusal({ length: reference.length - 1 })).toContain('not what its reference says')
  expect(await refusal({ sha256: 'a'.repeat(64) })).toContain('not what its reference says')
  expect(await refusal({ expandedLength: reference.expandedLength - 1 })).toContain('expands to more')
  expect(await refusal({ expandedLength: reference.expandedLength + 1 })).toContain('shorter')
  expect(await refusal({ expandedLength: 0 })).toContain('none, or too large')
  expect(await refusal({ bucket: undefined, versionId: '1' })).toContain('other fields')
})

it('lets the Python of its page go on after a message that cannot be read, which stays', async () => {
  const client = new SQSClient(options)
  const queue = new CreateQueueCommand({ QueueName: `${name}-malformed.fifo`, Attributes: { FifoQueue: 'true' } })
  const { QueueUrl } = await client.send(queue)
  const reference = JSON.stringify({ key: 'orders/none', sha256: 'a'.repeat(64), length: 1, expandedLength: 1 })
  const malformed = [
    ...['5', '[5]', 'null', '{}', '["x"]', '['.repeat(100_000)].map((value) => ['prevTrackingIds', value] as const),
    ...['5', '[[]]', 'null', reference].map((value) => ['bodyRef', value] as const),
  ]
  const send = async (attribute: string, StringValue: string) => {
    const { MessageAttributes, ...wire } = encodeMessage(createMessage({ type: 'order', body: 'x' }), { fifo: true })
    const attributes = { ...MessageAttributes, [attribute]: { DataType: 'String', StringValue } }
    await client.send(new SendMessageCommand({ QueueUrl, ...wire, MessageAttributes: attributes }))
  }
  for (const [attribute, value] of malformed) await send(attribute, value)
  const script = `import wire_format
wire_format.QUEUE = ${JSON.stringify(QueueUrl)}
print([message["body"] for message in receive()])
send("good", "order", "good")
print([message["body"] for message in receive()])`
  const said = (await python(script)).trim().split('\n')
  expect(said.filter((line) => line.includes('fails alone, and comes again: '))).toHaveLength(malformed.length)
  expect(said.at(-1)).toBe("['good']")
})

it('shows a message with a body in S3 as it is', async () => {
  const page = await readFile(join(root, 'docs/wire-format.md'), 'utf8')
  const bodyReference = JSON.parse(page.match(/bodyRef {15}String {2}(\{.*\})/)?.[1] ?? '')
  const wire = encodeMessage(createMessage({ type: 'order', bodyReference }), { fifo: true })
  expect(page).toContain(`MessageBody             ${wire.MessageBody}\n`)
  expect(page).toContain(`bodyRef               String  ${wire.MessageAttributes.bodyRef?.StringValue}\n`)
})
