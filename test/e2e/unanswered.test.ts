import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { causeway } from '../causeway.ts'
import { testSandbox } from '../sandbox.ts'

const sandbox = testSandbox()
const open = new Set<Socket>()
let silent: Server
let env: Record<string, string>

beforeAll(async () => {
  silent = createServer((socket) => open.add(socket.on('error', () => {}).resume()))
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const variables = await sandbox.environment('home')
  env = Object.fromEntries(Object.entries(variables).filter(([, value]) => value))
  const client = new SQSClient(clientOptions(await sandbox.credentials('home')))
  await client.send(new CreateQueueCommand({ QueueName: 'unanswered' }))
})

afterAll(() => {
  for (const socket of open) socket.destroy()
  silent.close()
})

/** Over the limit of SQS. */
const body = 'x'.repeat(1_100_000)

describe.concurrent('A service that takes a request and never answers', () => {
  it.each([
    [
      'audit trace',
      'S3',
      ['audit', 'trace', 'a'.repeat(32), '--bucket', 'silent'],
      's3:ListBucketVersions on s3://silent/ failed: ',
    ],
    ['edge pause', 'LAMBDA', ['edge', 'pause', 'unanswered'], 'lambda:ListEventSourceMappings on arn:aws:sqs:'],
    ['edge peek', 'SQS', ['edge', 'peek', 'unanswered'], 'sqs:GetQueueUrl on unanswered failed: '],
    [
      'edge send',
      'S3',
      ['edge', 'send', 'unanswered', '--body-file', '-', '--type', 'x', '--bodies-bucket', 'silent'],
      'S3 gave no answer to use: ',
    ],
  ])(
    'ends %s after 30 seconds, with what was asked for',
    async (_, service, args, asked) => {
      const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
      const one = { AWS_MAX_ATTEMPTS: '1', [`AWS_ENDPOINT_URL_${service}`]: endpoint }
      const { code, stderr } = await causeway(args, { env: { ...env, ...one }, input: body })
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(asked) })
      expect(stderr).toMatch(/TimeoutError: there was no answer for 30 s[.;]/)
      expect(stderr).not.toContain('@smithy')
    },
    60_000,
  )
})
