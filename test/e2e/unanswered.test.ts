import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { causeway, type Ended } from '../causeway.ts'
import { testSandbox, variablesOf } from '../sandbox.ts'

const sandbox = testSandbox()
const open = new Set<Socket>()
let silent: Server
let env: Record<string, string>

beforeAll(async () => {
  silent = createServer((socket) => open.add(socket.on('error', () => {}).resume()))
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  env = await variablesOf('home')
  const client = new SQSClient(clientOptions(await sandbox.credentials('home')))
  await client.send(new CreateQueueCommand({ QueueName: 'unanswered' }))
})

afterAll(() => {
  for (const socket of open) socket.destroy()
  silent.close()
})

/** Over the limit of SQS. */
const body = 'x'.repeat(1_100_000)
/** More than are on their way together. */
const lines = Array.from({ length: 300 }, (_, line) => `${line}\n`).join('')
const bucket = ['--type', 'x', '--bodies-bucket', 'silent']

const commands: [command: string, service: string, asked: string, input?: string][] = [
  [`audit trace ${'a'.repeat(32)} --bucket silent`, 'S3', 's3:ListBucketVersions on s3://silent/ failed: '],
  ['edge pause unanswered', 'LAMBDA', 'lambda:ListEventSourceMappings on arn:aws:sqs:'],
  ['edge peek unanswered', 'SQS', 'sqs:GetQueueUrl on unanswered failed: '],
  ['edge peek QUEUE', 'SQS', 'sqs:GetQueueAttributes on '],
  ['edge send QUEUE --type x --lines -', 'SQS', 'did not accept 300 of the lines up to 300', lines],
  [`edge send unanswered ${bucket.join(' ')} --large --lines -`, 'S3', 'did not accept 300 of the lines', lines],
  [`edge send unanswered ${bucket.join(' ')} --body-file -`, 'S3', 'S3 gave no answer to use: ', body],
  ['doctor --role-arn arn:aws:iam::111111111111:role/orders', 'STS', ''],
  ['edge peek unanswered --role-arn arn:aws:iam::111111111111:role/orders', 'STS', 'could not be assumed: '],
  ['kafka topics --cluster arn:aws:kafka:eu-west-1:111111111111:cluster/orders/1', 'KAFKA', 'cannot be found: '],
  ['kinesis shards --stream silent', 'KINESIS', 'shards of the stream silent cannot be read: '],
]

describe('A service that takes a request and never answers', () => {
  const ended = new Map<string, Promise<Ended & { seconds: number }>>()

  beforeAll(() => {
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    for (const [command, service, , input = ''] of commands) ended.set(command, run(command, service, input))

    async function run(command: string, service: string, input: string): Promise<Ended & { seconds: number }> {
      const began = performance.now()
      const args = command.replace('QUEUE', `${endpoint}/111111111111/silent`).split(' ')
      const result = await causeway(args, { env: { ...env, [`AWS_ENDPOINT_URL_${service}`]: endpoint }, input })
      return { ...result, seconds: (performance.now() - began) / 1_000 }
    }
  })

  it.each(commands)('ends %s after 30 seconds, with what was asked for', async (command, _, asked) => {
    const { code, stderr, seconds } = (await ended.get(command)) ?? expect.fail('It was not run.')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(asked) })
    expect(stderr).toMatch(/TimeoutError: there was no answer for [13]0 s|lines up to 300/)
    expect(stderr).not.toContain('@smithy')
    expect(seconds).toBeLessThan(50)
  })
})
