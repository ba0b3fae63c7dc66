import { spawn } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect } from 'vitest'
import { type Checkout, test, venv } from './temporary-checkout.ts'

const sqs = async ({ sandbox }: Checkout): Promise<SQSClient> => {
  const { endpoint, region, ...credentials } = await sandbox.credentials('home')
  return new SQSClient({ endpoint, region, credentials })
}

const queues = async (checkout: Checkout): Promise<number> =>
  (await (await sqs(checkout)).send(new ListQueuesCommand())).QueueUrls?.length ?? 0

const makeQueue = async (checkout: Checkout): Promise<void> => {
  await (await sqs(checkout)).send(new CreateQueueCommand({ QueueName: 'orders' }))
}

test('its log, its keys and its state can be read by nobody else', async ({
  checkout: { sandbox, port, directory },
}) => {
  await sandbox.start({ port, keep: true })
  await sandbox.reset()
  const root = join(directory, '.causeway', 'sandbox')
  expect((await stat(root)).mode & 0o777).toBe(0o700)
  for (const file of ['server.log', 'server.json', 'accounts/keys.json', 'accounts/state/iam.json', 'state/iam.json']) {
    expect([file, (await stat(join(root, file))).mode & 0o777]).toEqual([file, 0o600])
  }
})

test('two processes that start it at once get one sandbox', async ({ checkout: { sandbox, port, directory } }) => {
  const script = `import { openSandbox } from '@causeway-aws/sandbox'
    const { pid } = await openSandbox(${JSON.stringify({ directory, venv })}).start({ port: ${port} })
    process.stdout.write(String(pid))`
  const starter = () =>
    spawn(process.execPath, ['--conditions=causeway-source', '--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  const [one, other] = await Promise.all([text(starter().stdout), text(starter().stdout)])
  expect(one).toBe(other)
  expect(await sandbox.status()).toMatchObject({ running: true, pid: Number(one) })
})

test('stop ends it, and the second stop finds nothing to end', async ({ checkout: { sandbox, port } }) => {
  expect(await sandbox.stop()).toBe(false)
  await sandbox.start({ port })
  expect(await sandbox.stop()).toBe(true)
  expect(await sandbox.stop()).toBe(false)
  expect(await sandbox.status()).toEqual({ running: false })
  await expect(sandbox.credentials('home')).rejects.toThrow(/No sandbox is running in .* Start one with `npx causeway/)
  await expect(sandbox.reset()).rejects.toMatchObject({ code: 'SandboxNotRunning' })
})

test('the keys outlive stop, start and reset, the queues do not', async ({ checkout }) => {
  const { sandbox, port } = checkout
  await sandbox.start({ port })
  const keys = await sandbox.credentials('partner')
  await makeQueue(checkout)
  await sandbox.reset()
  expect(await queues(checkout)).toBe(0)
  await makeQueue(checkout)
  await sandbox.stop()
  await sandbox.start({ port })
  expect(await queues(checkout)).toBe(0)
  expect(await sandbox.credentials('partner')).toEqual(keys)
})

test('a kept sandbox has its queues after stop and start, until it is reset', async ({ checkout }) => {
  const { sandbox, port } = checkout
  await sandbox.start({ port, keep: true })
  await makeQueue(checkout)
  await sandbox.stop()
  await sandbox.start({ port })
  expect(await queues(checkout)).toBe(0)
  await sandbox.stop()
  await sandbox.start({ port, keep: true })
  expect(await queues(checkout)).toBe(1)
  await sandbox.reset()
  expect(await queues(checkout)).toBe(0)
})

test('a sandbox that was killed is started again', async ({ checkout: { sandbox, port } }) => {
  const { pid } = await sandbox.start({ port })
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => sandbox.status()).toEqual({ running: false })
  expect((await sandbox.start({ port })).pid).not.toBe(pid)
})

test('a process that got the recorded process id later is left alone', async ({
  checkout: { sandbox, port, directory },
  onTestFinished,
}) => {
  const { pid } = await sandbox.start({ port })
  await sandbox.stop()
  const file = join(directory, '.causeway', 'sandbox', 'server.json')
  const bystander = spawn('sleep', ['60'])
  onTestFinished(() => void bystander.kill())
  const record = { directory, pid: bystander.pid, startedAt: 'an earlier time', port, keep: false }
  await writeFile(file, JSON.stringify(record))
  expect(await sandbox.stop()).toBe(false)
  await writeFile(file, JSON.stringify(record))
  expect((await sandbox.start({ port })).pid).not.toBe(pid)
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
})

test('half-made accounts are made again', async ({ checkout: { sandbox, port, directory } }) => {
  await sandbox.start({ port })
  await sandbox.stop()
  await writeFile(join(directory, '.causeway', 'sandbox', 'accounts', 'keys.json'), '{"home":{"accessKeyId":"AKIA')
  await sandbox.start({ port })
  expect((await sandbox.credentials('partner')).accountId).toBe('222222222222')
  await sandbox.stop()
  await writeFile(join(directory, '.causeway', 'sandbox', 'accounts', 'state', 'iam.json'), '{}')
  const status = await sandbox.start({ port })
  expect(status.accounts).toHaveLength(2)
})
