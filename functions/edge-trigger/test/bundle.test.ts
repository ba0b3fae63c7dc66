import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startSqs } from './sqs-server.ts'

const root = join(import.meta.dirname, '..')
const target = 'https://sqs.eu-west-1.amazonaws.com/222222222222/answers.fifo'

describe("The function's bundle", () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'causeway-bundle-'))
    await build(join(folder, 'dist'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is the same, byte for byte, when it is built again', async () => {
    await build(join(folder, 'again'))
    for (const file of ['handler.js', 'handler.js.map', 'package.json']) {
      expect(await readFile(join(folder, 'again', file), 'utf8')).toBe(
        await readFile(join(folder, 'dist', file), 'utf8'),
      )
    }
  })

  it('has nothing of what the function as it ships does not use', async () => {
    const { sources } = JSON.parse(await readFile(join(folder, 'dist/handler.js.map'), 'utf8'))
    const includes = (name: string) => sources.some((source: string) => source.includes(`/@aws-sdk/${name}/`))
    expect(includes('client-sqs')).toBe(true)
    for (const unused of [
      'client-sts',
      'client-ssm',
      'client-secrets-manager',
      'nested-clients',
      'credential-provider-sso',
    ]) {
      expect(includes(unused), unused).toBe(false)
    }
  })

  it('handles an event, with credentials from the environment', async () => {
    const sqs = await startSqs()
    onTestFinished(() => void sqs.close())
    const credentials = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' }
    expect(await invoke({ AWS_ENDPOINT_URL: sqs.endpoint, ...credentials })).toEqual({ batchItemFailures: [] })
    expect(sqs.accepted.get(target)).toHaveLength(3)
  })

  it('handles an event, with credentials from a container endpoint', async () => {
    const sqs = await startSqs()
    onTestFinished(() => void sqs.close())
    const credentials = await startCredentialsEndpoint()
    const environment = { AWS_ENDPOINT_URL: sqs.endpoint, AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials }
    expect(await invoke(environment)).toEqual({ batchItemFailures: [] })
    expect(sqs.accepted.get(target)).toHaveLength(3)
  })

  /** Loads the bundle as Lambda does, with nothing but its own folder, and gives it an event. */
  async function invoke(environment: Record<string, string>): Promise<unknown> {
    const script = `
      const { handler } = require('./dist/handler.js')
      const event = JSON.parse(require('node:fs').readFileSync(${JSON.stringify(join(root, 'events/fifo.json'))}))
      handler(event, { functionName: 'orders', getRemainingTimeInMillis: () => 30_000 }).then((answer) => {
        process.stdout.write(JSON.stringify(answer))
        process.exit()
      })`
    const env = {
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      ROUTES: JSON.stringify({ order: { processor: 'forward', targets: [target] } }),
      MESSAGE_TYPE: 'order',
      ...environment,
    }
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder, env })
    return JSON.parse(stdout.split('\n').at(-1) ?? '')
  }
})

async function build(output: string): Promise<void> {
  const args = ['--conditions=causeway-source', '../../scripts/bundle.ts', output]
  await promisify(execFile)(process.execPath, args, { cwd: root })
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
async function startCredentialsEndpoint(): Promise<string> {
  const server = createServer((_request, response) => {
    const Expiration = new Date(Date.now() + 3_600_000).toISOString()
    response.end(JSON.stringify({ AccessKeyId: 'ASIAEXAMPLE', SecretAccessKey: 'example', Token: 'token', Expiration }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/credentials`
}
