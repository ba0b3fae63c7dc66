import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, createMessage } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { shell } from '../causeway.ts'
import { root, sandboxDirectory, testSandbox, variablesOf } from '../sandbox.ts'

const sandbox = testSandbox()
let client: SQSClient
let env: Record<string, string>
let folder: string

beforeAll(async () => {
  client = new SQSClient(clientOptions(await sandbox.credentials('home')))
  env = await variablesOf('home')
  folder = join(sandboxDirectory(), 'ended')
  await mkdir(folder)
})

/** A queue that holds so many messages. */
async function queueOf(QueueName: string, count: number, body: string): Promise<string> {
  const { QueueUrl: queueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName }))
  const messages = Array.from({ length: count }, () => createMessage({ type: 'x', body }))
  await createEdge({ queueUrl, client }).send(messages)
  return queueUrl
}

/** How many messages can be received, and how many are hidden. */
async function countsOf(QueueUrl: string): Promise<string[]> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }))
  return names.map((name) => Attributes[name] ?? '')
}

/** Runs a line that takes messages of a queue; `$TAKEN` is there when some are taken, and nobody reads on. */
async function shellTaking(queueUrl: string, line: string): ReturnType<typeof shell> {
  const file = join(folder, `taken-${randomUUID()}`)
  const run = shell(line, { env: { ...env, TAKEN: file } })
  await expect.poll(async () => Number((await countsOf(queueUrl))[1]), { timeout: 20_000 }).toBeGreaterThan(0)
  await sleep(1_000)
  await writeFile(file, '')
  return run
}

/** More than a pipe holds of ten of them. */
const long = 'x'.repeat(20_000)

describe.each([
  ['INT', 130],
  ['TERM', 143],
  ['HUP', 129],
])('A command that gets SIG%s', (name, exitCode) => {
  it('ends, and says what it has done', async () => {
    await queueOf(`ended-${name}`, 3, 'a body')
    const { code, stderr } = await shell(
      `causeway edge drain ended-${name} > ${folder}/${name} & p=$!
      until [ -s ${folder}/${name} ]; do sleep 0.05; done; sleep 0.5; kill -${name} $p; wait $p`,
      { env },
    )
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: 'Stopped: 3 messages were taken off the edge.\n' })
  })

  it.each(['drain', 'receive'])('gives back what nobody reads: edge %s', async (verb) => {
    const queueUrl = await queueOf(`unread-${verb}-${name}`, 10, long)
    const { code, stderr } = await shellTaking(
      queueUrl,
      `exec 3> >(exec sleep 30 > /dev/null 2>&1); causeway edge ${verb} unread-${verb}-${name} >&3 & p=$!
      until [ -e $TAKEN ]; do sleep 0.1; done; kill -${name} $p; wait $p`,
    )
    const [, taken, back] =
      /full: (\d+) messages were taken off the edge; (\d+) that were .* on it again\.\n$/.exec(stderr) ?? []
    expect({ code, of: Number(taken) + Number(back) }, stderr).toEqual({ code: exitCode, of: 10 })
    expect(Number(taken)).toBeLessThan(10)
    expect(await countsOf(queueUrl)).toEqual([back, '0'])
  })

  it('passes it on from an older Node', async () => {
    const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.0.0'}})`
    const { code, stderr } = await shell(
      `node --import "${older}" ${root}/packages/cli/bin/causeway.js sandbox logs no-such --account home --follow & p=$!
      sleep 4; kill -${name} $p; wait $p`,
    )
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: '' })
  })
})

it('does not wait when it is asked twice, as the processes of a terminal are by one Ctrl-C', async () => {
  const queueUrl = await queueOf('asked-twice', 10, long)
  const ended = (pause: number) =>
    shellTaking(
      queueUrl,
      `exec 3> >(exec sleep 30 > /dev/null 2>&1); causeway edge drain asked-twice >&3 & p=$!
      until [ -e $TAKEN ]; do sleep 0.1; done; kill -INT $p; sleep ${pause}; kill -INT $p; wait $p`,
    )
  expect(await ended(0.1)).toMatchObject({ code: 130, stderr: expect.stringContaining('on it again') })
  expect(await ended(0.7)).toMatchObject({ code: 130, stderr: '' })
})

it('gives back what it has when its terminal is closed', async () => {
  const queueUrl = await queueOf('hung-up', 10, 'a body')
  const program = `
import os, pty, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp('causeway', ['causeway', 'edge', 'peek', 'hung-up', '--most', '1000'])
os.read(terminal, 1)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`
  const { stdout, stderr } = await shell(`python3 -c "$PROGRAM"`, { env: { ...env, PROGRAM: program } })
  expect({ stdout, stderr }).toEqual({ stdout: '129\n', stderr: '' })
  expect(await countsOf(queueUrl)).toEqual(['10', '0'])
})
