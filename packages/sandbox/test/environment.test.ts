import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { type Checkout, temporaryCheckout, venv } from './temporary-checkout.ts'

const run = promisify(execFile)

let checkout: Checkout
beforeAll(async () => {
  const { dispose, ...made } = await temporaryCheckout()
  checkout = made
  await made.sandbox.start({ port: made.port })
  return dispose
})

const ofTheUser = {
  AWS_PROFILE: 'of-the-user',
  AWS_SESSION_TOKEN: 'of-the-user',
  AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
}

beforeAll(() => {
  for (const [name, value] of Object.entries(ofTheUser)) vi.stubEnv(name, value)
  return () => vi.unstubAllEnvs()
})

/** Our environment with the sandbox's over it, as a shell has it after the printed `export` and `unset` lines. */
async function shell(account: 'home' | 'partner'): Promise<NodeJS.ProcessEnv> {
  const entries = Object.entries({ ...process.env, ...(await checkout.sandbox.environment(account)) })
  return Object.fromEntries(entries.filter(([, value]) => value !== ''))
}

test('the AWS SDK for JavaScript is the administrator by its environment alone', async () => {
  const script = `import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
    const { Arn } = await new STSClient().send(new GetCallerIdentityCommand())
    process.stdout.write(Arn)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: await shell('home'),
  })
  expect(stdout).toBe('arn:aws:iam::111111111111:user/administrator')
})

test('boto3 is the administrator by its environment alone, and its queues are in that account', async () => {
  const script = `import boto3
print(boto3.client('sts').get_caller_identity()['Arn'])
print(boto3.client('sqs').create_queue(QueueName='answers')['QueueUrl'])`
  const { stdout } = await run(join(venv, 'bin', 'python'), ['-c', script], { env: await shell('partner') })
  expect(stdout.trim().split('\n')).toEqual([
    'arn:aws:iam::222222222222:user/administrator',
    `http://127.0.0.1:${checkout.port}/222222222222/answers`,
  ])
})

test('every endpoint and kind of endpoint that the user has set is to be unset', async () => {
  expect(Object.keys(await shell('home')).filter((name) => name in ofTheUser)).toEqual([])
})

test('a wrong secret is refused', async () => {
  const script = `import boto3, botocore.exceptions
try: boto3.client('sts').get_caller_identity()
except botocore.exceptions.ClientError as error: print(error.response['Error']['Code'])`
  const env = { ...(await shell('home')), AWS_SECRET_ACCESS_KEY: 'a'.repeat(40) }
  const { stdout } = await run(join(venv, 'bin', 'python'), ['-c', script], { env })
  expect(stdout.trim()).toBe('SignatureDoesNotMatch')
})
