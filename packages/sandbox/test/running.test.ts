import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSandbox, PortTaken, type RunningStatus, type Sandbox } from '@causeway-aws/sandbox'
import { beforeAll, expect } from 'vitest'
import { type Checkout, temporaryCheckout, test, venv } from './temporary-checkout.ts'

let running: Checkout
let status: RunningStatus
const lines: string[] = []
beforeAll(async () => {
  const { dispose, ...checkout } = await temporaryCheckout()
  running = checkout
  status = await running.sandbox.start({ port: running.port, onProgress: (line) => lines.push(line) })
  return dispose
})

test('start makes two accounts and says where they are', () => {
  const { port } = running
  expect(status).toMatchObject({ running: true, port, endpoint: `http://127.0.0.1:${port}`, stacks: [], keep: false })
  expect(status.accounts).toEqual([
    { name: 'home', accountId: '111111111111', userArn: 'arn:aws:iam::111111111111:user/administrator' },
    { name: 'partner', accountId: '222222222222', userArn: 'arn:aws:iam::222222222222:user/administrator' },
  ])
  expect(lines).toEqual(['making the accounts home and partner, each with an administrator'])
})

test('starting it again changes nothing, wherever it is asked from', async () => {
  expect(await running.sandbox.start()).toEqual(status)
  expect(await openSandbox({ directory: running.directory, venv }).status()).toEqual(status)
})

test('it does not become another by a second start', async () => {
  const { sandbox, port } = running
  await expect(sandbox.start({ port: port - 1 })).rejects.toThrow(`runs on port ${port}, not ${port - 1}.`)
  await expect(sandbox.start({ keep: true })).rejects.toThrow(/was started without --keep/)
})

test('a port that the sandbox of another checkout has is named, with that checkout', async ({ checkout }) => {
  await expect(checkout.sandbox.start({ port: running.port })).rejects.toThrow(
    `the sandbox of another checkout (${running.directory}). Stop it with \`npx causeway sandbox stop\` there, or start with --port.`,
  )
})

test('a sandbox of this checkout whose records are gone is named as that', async () => {
  const root = join(running.directory, '.causeway', 'sandbox')
  await rename(join(root, 'server.json'), join(root, 'gone.json'))
  const error = await running.sandbox.start({ port: running.port }).catch((reason: unknown) => String(reason))
  await rename(join(root, 'gone.json'), join(root, 'server.json'))
  expect(error).toMatch(/a sandbox of this checkout whose records in \.causeway are gone\. End /)
})

test('a port that a program has is named, with the program', async ({
  checkout: { sandbox, port },
  onTestFinished,
}) => {
  const server = createServer((_request, response) => response.end('{}')).listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const error = await sandbox.start({ port }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(PortTaken)
  // Its process is found by ss or netstat; a bare container has neither.
  const holder = `(process ${process.pid} \\(.+\\)|another process)`
  expect(String(error)).toMatch(new RegExp(`Port ${port} is taken by ${holder}\\. End .*, or start with --port\\.`))
})

test('the copy of a checkout leaves the sandbox of the first alone', async ({ checkout: copy }) => {
  const record = join('.causeway', 'sandbox', 'server.json')
  await mkdir(join(copy.directory, '.causeway', 'sandbox'), { recursive: true })
  await writeFile(join(copy.directory, record), await readFile(join(running.directory, record)))
  expect(await copy.sandbox.status()).toEqual({ running: false })
  expect(await copy.sandbox.stop()).toBe(false)
  expect(await running.sandbox.status()).toEqual(status)
})

test('where MiniStack is not installed, the sentence says what to run', async ({ checkout: { directory, port } }) => {
  await expect(openSandbox({ directory }).start({ port })).rejects.toThrow(/\.venv\/sandbox.* Run `node setup\.mjs`/)
  expect(await readdir(directory)).toEqual(['.causeway', 'package.json'])
})

/** A virtual environment whose Python is this shell script. */
async function pretended({ directory }: Checkout, python: string): Promise<Sandbox> {
  const pretence = join(directory, 'venv')
  await mkdir(join(pretence, 'bin'), { recursive: true })
  await writeFile(join(pretence, 'bin', 'python'), `#!/bin/sh\n${python}\n`, { mode: 0o755 })
  return openSandbox({ directory, venv: pretence })
}

test('a MiniStack of another version than the pinned one is not used', async ({ checkout }) => {
  const sandbox = await pretended(checkout, `MINISTACK_VERSION=1.0.0 exec ${join(venv, 'bin', 'python')} "$@"`)
  await expect(sandbox.start({ port: checkout.port })).rejects.toThrow(
    /venv has MiniStack 1\.0\.0, but this checkout is made for [\d.]+\. Run `node setup\.mjs` and try again\.$/,
  )
  expect(await sandbox.status()).toEqual({ running: false })
})

test('a MiniStack that does not come up is quoted', async ({ checkout }) => {
  const sandbox = await pretended(checkout, 'echo No module named ministack')
  await expect(sandbox.start({ port: checkout.port })).rejects.toThrow(
    /^MiniStack did not come up on port \d+; the end of its log .*server\.log is: No module named ministack$/,
  )
})

test('options that are unknown, missing or not of their form are refused', async ({ checkout: { sandbox } }) => {
  expect(() => openSandbox({ directory: join(tmpdir(), 'not-there') })).toThrow(/there is no directory/)
  expect(() => openSandbox({ directory: tmpdir(), vnev: '/x' } as never)).toThrow(/vnev/)
  await expect(sandbox.start({ port: 70_000 })).rejects.toMatchObject({ code: 'InvalidOptions' })
})
