import { spawn } from 'node:child_process'
import { cp, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, beforeEach, expect } from 'vitest'
import { type Checkout, temporaryCheckout, test, venv } from './temporary-checkout.ts'

const rootOf = ({ directory }: Checkout): string => join(directory, '.causeway', 'sandbox')

// The accounts are made once, so that a test begins with them and with nothing running.
let made: Checkout
beforeAll(async () => {
  const { dispose, ...checkout } = await temporaryCheckout()
  made = checkout
  await made.sandbox.start({ port: made.port })
  await made.sandbox.stop()
  return dispose
})
beforeEach<{ checkout: Checkout }>(async ({ checkout }) => {
  await cp(join(rootOf(made), 'accounts'), join(rootOf(checkout), 'accounts'), { recursive: true })
})

const sqs = async ({ sandbox }: Checkout): Promise<SQSClient> =>
  new SQSClient(clientOptions(await sandbox.credentials('home')))

const queues = async (checkout: Checkout): Promise<number> =>
  (await (await sqs(checkout)).send(new ListQueuesCommand())).QueueUrls?.length ?? 0

const makeQueue = async (checkout: Checkout): Promise<void> => {
  await (await sqs(checkout)).send(new CreateQueueCommand({ QueueName: 'orders' }))
}

test('two processes that start it at once get one sandbox', async ({ checkout: { sandbox, port, directory } }) => {
  const script = `import { openSandbox } from '@causeway-aws/sandbox'
    const { pid } = await openSandbox(${JSON.stringify({ directory, venv })}).start({ port: ${port} })
    process.stdout.write(String(pid))`
  const starter = () =>
    spawn(process.execPath, ['--conditions=causeway-source', '--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
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

test('the keys outlive reset, stop and start, the queues do not', async ({ checkout }) => {
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

test('a kept sandbox has its queues after stop and start, until it is reset, and start says which', async ({
  checkout,
}) => {
  const { sandbox, port } = checkout
  const said = async (keep: boolean): Promise<string[]> => {
    const lines: string[] = []
    await sandbox.start({ port, keep, onProgress: (line) => lines.push(line) })
    return lines
  }
  expect(await said(true)).toEqual([])
  await makeQueue(checkout)
  await sandbox.stop()
  expect(await said(false)).toEqual([
    expect.stringMatching(/^the accounts are empty; what was kept is there again after/),
  ])
  expect(await queues(checkout)).toBe(0)
  await sandbox.stop()
  expect(await said(true)).toEqual(['the accounts hold what was kept at the last stop'])
  expect(await queues(checkout)).toBe(1)
  await sandbox.reset()
  expect(await queues(checkout)).toBe(0)
})

test('what it writes can be read by nobody else', async ({ checkout }) => {
  await checkout.sandbox.start({ port: checkout.port, keep: true })
  const modeOf = async (file: string) => (await stat(file)).mode & 0o777
  expect(await modeOf(rootOf(made))).toBe(0o700)
  for (const file of ['server.log', 'server.json', 'accounts/keys.json', 'accounts/state/iam.json', 'state/iam.json']) {
    expect([file, await modeOf(join(rootOf(checkout), file))]).toEqual([file, 0o600])
  }
})

// Together, since the second waits for an answer that does not come.
test.concurrent('a sandbox that was killed is started again', async ({ checkout: { sandbox, port } }) => {
  const { pid } = await sandbox.start({ port })
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => sandbox.status()).toEqual({ running: false })
  expect((await sandbox.start({ port })).pid).not.toBe(pid)
})

test.concurrent('a sandbox that hangs is ended and started again', async ({ checkout: { sandbox, port } }) => {
  const { pid } = await sandbox.start({ port })
  process.kill(pid, 'SIGSTOP')
  const lines: string[] = []
  expect((await sandbox.start({ port, onProgress: (line) => lines.push(line) })).pid).not.toBe(pid)
  expect(lines).toEqual([`process ${pid}, this checkout's MiniStack, hangs or was left half started: it is ended`])
})

test.concurrent('a sandbox that hangs is named by all but start, and stop ends it', async ({ checkout }) => {
  const { sandbox, port } = checkout
  const { pid } = await sandbox.start({ port })
  process.kill(pid, 'SIGSTOP')
  const hangs = expect.objectContaining({
    code: 'SandboxNotRunning',
    message: expect.stringMatching(new RegExp(`^Process ${pid}, .* does not answer\\. .* sandbox stop`)),
  })
  await Promise.all([
    expect(sandbox.status()).rejects.toEqual(hangs),
    expect(sandbox.credentials('home')).rejects.toEqual(hangs),
  ])
  expect(await sandbox.stop()).toBe(true)
  expect(await sandbox.status()).toEqual({ running: false })
})

test('a record that cannot be read does not keep a sandbox from being started', async ({ checkout }) => {
  const { sandbox, port } = checkout
  await writeFile(join(rootOf(checkout), 'server.json'), '{"pid":')
  expect(await sandbox.status()).toEqual({ running: false })
  expect(await sandbox.start({ port })).toMatchObject({ running: true })
})

test('a sandbox that was left half started is ended and started again', async ({ checkout }) => {
  const { sandbox, port } = checkout
  const { pid } = await sandbox.start({ port })
  await rm(join(rootOf(checkout), 'accounts', 'keys.json'))
  expect((await sandbox.start({ port })).pid).not.toBe(pid)
  expect(await queues(checkout)).toBe(0)
})

test('a process that got the recorded process id later is left alone', async ({ checkout, onTestFinished }) => {
  const { sandbox, port, directory } = checkout
  const bystander = spawn('sleep', ['60'])
  onTestFinished(() => void bystander.kill())
  const record = { directory, pid: bystander.pid, startedAt: 'an earlier time', port, keep: false }
  await writeFile(join(rootOf(checkout), 'server.json'), JSON.stringify(record))
  expect(await sandbox.stop()).toBe(false)
  await writeFile(join(rootOf(checkout), 'server.json'), JSON.stringify(record))
  expect((await sandbox.start({ port })).pid).not.toBe(bystander.pid)
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
})

test.for([
  ['keys', 'keys.json', '{"home":{"accessKeyId":"AKIA'],
  ['state', 'state/iam.json', '{}'],
])('accounts with unfinished %s are made again', async ([, file = '', part = ''], { checkout }) => {
  await writeFile(join(rootOf(checkout), 'accounts', file), part)
  const status = await checkout.sandbox.start({ port: checkout.port })
  expect(status.accounts.map(({ name }) => name)).toEqual(['home', 'partner'])
  expect(await queues(checkout)).toBe(0)
})
