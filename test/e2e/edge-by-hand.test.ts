import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { createEdge, createMessage } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../causeway.ts'
import { root, sandboxDirectory, testSandbox, variablesOf } from '../sandbox.ts'

const sandbox = testSandbox()
let client: SQSClient
let env: Record<string, string>
let folder: string

beforeAll(async () => {
  client = new SQSClient(clientOptions(await sandbox.credentials('home')))
  env = await variablesOf('home')
  folder = join(sandboxDirectory(), 'by-hand')
  await mkdir(folder)
})

const edge = (...args: string[]) => causeway(['edge', ...args], { env })

async function makeQueue(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const fifo = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {}
  return (
    (await client.send(new CreateQueueCommand({ QueueName, Attributes: { ...fifo, ...Attributes } }))).QueueUrl ?? ''
  )
}

async function makeFile(name: string, content: string | Uint8Array): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, content)
  return file
}

const numbersTo = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index + 1}`)

async function sendNumbers(queueUrl: string, count: number): Promise<void> {
  const messages = numbersTo(count).map((body) => createMessage({ type: 'number', body }))
  await createEdge({ queueUrl, client }).send(messages)
}

/** How many messages can be received, and how many are hidden. */
async function countsOf(QueueUrl: string): Promise<string[]> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }))
  return names.map((name) => Attributes[name] ?? '')
}

async function drainedBodies(name: string): Promise<string[]> {
  const { stdout } = await shell(`causeway edge drain ${name} --json > ${folder}/${name}; cat ${folder}/${name}`, {
    env,
  })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).body)
}

const inOrder = (numbers: string[]) => numbers.toSorted((a, b) => Number(a) - Number(b))

/** What a cut `edge send` says to add to the same command. */
function goOnOf(stderr: string): string[] {
  const [, flags = ''] = /To go on, add to the same command: (--tracking-ids \w+ --from-line \d+)\n$/.exec(stderr) ?? []
  expect(flags, stderr).not.toBe('')
  return flags.split(' ')
}

describe('edge send of a file, cut in the middle', () => {
  it('goes on after Ctrl-C as it says, and each line is on the edge once', async () => {
    await makeQueue('cut.fifo')
    const lines = numbersTo(3_000)
    const file = await makeFile('cut.txt', lines.join('\n'))
    const { code, stderr } = await shell(
      `causeway edge send cut.fifo --lines ${file} --type x > ${folder}/sent.txt & p=$!
      until [ -s ${folder}/sent.txt ]; do sleep 0.05; done; kill -INT $p; wait $p`,
      { env },
    )
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringMatching(/\nStopped: [\d,]+ messages accepted/),
    })
    expect((await edge('send', 'cut.fifo', '--lines', file, '--type', 'x', ...goOnOf(stderr))).code).toBe(0)
    expect(inOrder(await drainedBodies('cut.fifo'))).toEqual(lines)
  })

  it('goes on after a lost network as it says, and each line is on the edge once', async () => {
    const queueUrl = await makeQueue('lost.fifo')
    const lines = numbersTo(3_000)
    const file = await makeFile('lost.txt', lines.join('\n'))
    const network = await lossyNetwork(env.AWS_ENDPOINT_URL ?? '', 120_000)
    const args = ['--lines', file, '--type', 'x']
    const { code, stderr } = await edge('send', `${network}${new URL(queueUrl).pathname}`, ...args)
    expect(code).toBe(1)
    expect(stderr).toMatch(/did not accept \d+ of the lines up to \d+, and no line after \d+ was sent/)
    expect((await edge('send', 'lost.fifo', ...args, ...goOnOf(stderr))).code).toBe(0)
    expect(inOrder(await drainedBodies('lost.fifo'))).toEqual(lines)
  })

  it('says the same of one message', async () => {
    const queueUrl = `${await lossyNetwork(env.AWS_ENDPOINT_URL ?? '', 0)}/111111111111/lost.fifo`
    const { code, stderr } = await edge('send', queueUrl, 'order 1', '--type', 'x')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /did not accept 1 of 1 .* under the same tracking id, add .*: --tracking-ids \w+\n$/,
      ),
    })
  })

  it('says how to go on after a line that cannot be read', async () => {
    await makeQueue('unreadable.fifo')
    const file = await makeFile('unreadable.txt', Buffer.from(`${numbersTo(600).join('\n')}\ncaf\xe9\n`, 'latin1'))
    const { code, stderr } = await edge('send', 'unreadable.fifo', '--lines', file, '--type', 'x')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /line 601 is not text in UTF-8\. The lines before 501 were accepted\. To go on, .* 501\n$/,
      ),
    })
  })

  it('has the same tracking ids under a name of one’s own, and says others beforehand', async () => {
    await makeQueue('named.fifo')
    const file = await makeFile('named.txt', 'a\nb\n')
    const send = (...flags: string[]) => edge('send', 'named.fifo', '--lines', file, '--type', 'x', ...flags)
    const [first, again, other] = [
      await send('--tracking-ids', 'monday'),
      await send('--tracking-ids', 'monday'),
      await send(),
    ]
    expect(again).toEqual(first)
    expect(first.stderr).toBe('')
    expect(other.stdout).not.toBe(first.stdout)
    expect(other.stderr).toMatch(/^The tracking ids are those of --tracking-ids \w+\n$/)
    expect(await drainedBodies('named.fifo')).toEqual(['a', 'b', 'a', 'b'])
  })
})

it('says from the first seconds on how many lines of one group were accepted, which go one by one', async () => {
  const queueUrl = await makeQueue('slow.fifo')
  const slow = await slowNetwork(env.AWS_ENDPOINT_URL ?? '', 200)
  const file = await makeFile('slow.txt', numbersTo(30).join('\n'))
  const line = `causeway edge send ${slow}${new URL(queueUrl).pathname} --lines ${file} --type x --group g > ${folder}/slow`
  const onTerminal = `import pty; pty.spawn(['sh', '-c', '${line}'])`
  const { stdout: shown } = await shell(`python3 -c "${onTerminal}"`, { env })
  const said = Array.from(shown.matchAll(/^(\d+) messages accepted\r$/gm), ([, count]) => Number(count))
  expect(said[0], shown).toBeLessThan(20)
  expect(said.at(-1)).toBe(30)
})

it('has a node take once what is sent twice under a name, on a standard edge too', async () => {
  const template = join(root, 'infra/edge.yaml')
  await sandbox.deploy({ template, account: 'home', stack: 'twice', parameters: { EdgeName: 'twice', Fifo: 'false' } })
  const file = await makeFile('twice.txt', 'a\nb\n')
  for (const _ of [1, 2]) {
    await edge('send', 'twice', '--lines', file, '--type', 'x', '--tracking-ids', 'monday')
    // What comes while a message is still being worked on is hidden, and not absorbed before the second try.
    await expect
      .poll(() => countsOf(`${env.AWS_ENDPOINT_URL}/111111111111/twice`), { timeout: 20_000 })
      .toEqual(['0', '0'])
  }
  const absorbed = async () => {
    const { stdout } = await causeway(['sandbox', 'logs', 'causeway-twice-trigger', '--account', 'home'])
    return stdout.match(/message absorbed/g)?.length
  }
  await expect.poll(absorbed, { timeout: 20_000, interval: 500 }).toBe(2)
})

/** A way to the emulator that breaks after some bytes, and stays broken. */
async function lossyNetwork(endpoint: string, bytes: number): Promise<string> {
  const { hostname, port } = new URL(endpoint)
  const open = new Set<Socket>()
  let passed = 0
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) open.add(socket.on('error', () => {}))
    far.pipe(near)
    near.on('data', (chunk) => {
      passed += chunk.length
      if (passed < bytes) far.write(chunk)
      else {
        server.close()
        for (const socket of open) socket.destroy()
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A way to the emulator on which each request is so many milliseconds late. */
async function slowNetwork(endpoint: string, milliseconds: number): Promise<string> {
  const { hostname, port } = new URL(endpoint)
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    far.on('error', () => {}).pipe(near.on('error', () => {}))
    near.on('data', (chunk) => setTimeout(() => far.write(chunk), milliseconds))
    near.on('end', () => far.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('edge send of a body from a file', () => {
  it('sends what is in it as it is, line breaks and all', async () => {
    await makeQueue('letters.fifo')
    const file = await makeFile('letter.txt', 'Dear partner,\n\n\tyes.\n')
    expect((await edge('send', 'letters.fifo', '--body-file', file, '--type', 'letter')).code).toBe(0)
    expect(await drainedBodies('letters.fifo')).toEqual(['Dear partner,\n\n\tyes.\n'])
  })

  it.each([
    ['is no text', Uint8Array.of(0xff, 0xfe), /is not text in UTF-8, .* --bodies-bucket NAME\.\n$/],
    ['is over the limit of SQS', 'x'.repeat(1_048_577), /is over the 1,048,576 bytes .* --bodies-bucket NAME\.\n$/],
    [
      'is over it with its attributes',
      'x'.repeat(1_048_560),
      /is over the 1,048,576 bytes .* --bodies-bucket NAME\.\n$/,
    ],
    ['is empty', '', /is empty/],
  ])('refuses one that %s, and says what to do', async (_, content, sentence) => {
    await makeQueue('letters.fifo')
    const file = await makeFile('refused', content)
    const { code, stdout, stderr } = await edge('send', 'letters.fifo', '--body-file', file, '--type', 'letter')
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(sentence) })
  })

  it('stores what SQS does not take in the bucket of the edge, from where it is shown, or saved', async () => {
    const template = join(root, 'infra/edge.yaml')
    const parameters = { EdgeName: 'volumes', TriggerEnabled: 'false' }
    const { outputs } = await sandbox.deploy({ template, account: 'home', stack: 'volumes', parameters })
    const bucket = ['--bodies-bucket', outputs.BodiesBucketName ?? '']
    const text = 'é'.repeat(1_000_000)
    const picture = Uint8Array.from({ length: 5_000_000 }, (_, index) => (index % 251) | 128)
    for (const [name, content] of [
      ['text', text],
      ['picture', picture],
    ] as const) {
      const file = await makeFile(name, content)
      const sent = await edge(
        'send',
        'volumes.fifo',
        '--body-file',
        file,
        '--type',
        'volume',
        '--group',
        'g',
        ...bucket,
      )
      expect(sent, sent.stderr).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/ bytes in S3, volumes\/[\w-]+\n$/),
      })
    }
    const unread = await edge('receive', 'volumes.fifo')
    expect(unread).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/2,000,000 bytes is in S3.*stays/),
    })

    const shown = await edge('receive', 'volumes.fifo', '--json', ...bucket)
    expect(shown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/5,000,000 bytes is too large.*--save FOLDER/),
    })
    expect(JSON.parse(shown.stdout).body === text).toBe(true)

    const saved = await edge('drain', 'volumes.fifo', '--json', '--save', join(folder, 'saved'), ...bucket)
    const { trackingId, file, body } = JSON.parse(saved.stdout)
    expect({ code: saved.code, file, body }).toEqual({
      code: 0,
      file: join(folder, 'saved', trackingId),
      body: undefined,
    })
    expect((await readFile(file)).equals(picture)).toBe(true)
    expect(await countsOf(outputs.QueueUrl ?? '')).toEqual(['0', '0'])
  })

  it('stores every body where the edge takes less than others', async () => {
    const { outputs } = await sandbox.deploy({
      template: join(root, 'infra/edge.yaml'),
      account: 'home',
      stack: 'volumes',
      parameters: { EdgeName: 'volumes', TriggerEnabled: 'false' },
    })
    const bucket = ['--bodies-bucket', outputs.BodiesBucketName ?? '']
    const file = await makeFile('small', 'small')
    for (const content of [['small'], ['--body-file', file], ['--lines', file]]) {
      const sent = await edge('send', 'volumes.fifo', ...content, '--type', 'x', '--json', '--large', ...bucket)
      expect(sent.code, sent.stderr).toBe(0)
    }
    const drained = await edge('drain', 'volumes.fifo', '--json', ...bucket)
    const documents = drained.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const stored = { body: 'small', bodyReference: { expandedLength: 5 } }
    expect(documents).toMatchObject([stored, stored, stored])
    expect((await edge('send', 'volumes.fifo', 'small', '--type', 'x', '--large')).code).toBe(2)
  })

  it('says that bodies cannot be saved before a message is taken', async () => {
    const file = await makeFile('no-folder', '')
    const { code, stderr } = await edge('receive', 'letters.fifo', '--save', file)
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `--save: ${file} is no folder, and cannot be made one (EEXIST).\n`,
    })
  })

  it('does not save over a file', async () => {
    const queueUrl = await makeQueue('saved-before')
    const message = createMessage({ type: 'x', body: 'new' })
    await createEdge({ queueUrl, client }).send([message])
    const file = await makeFile(message.trackingId, 'old')
    const { code, stdout, stderr } = await edge('receive', 'saved-before', '--save', folder)
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/is there already.*\n1 could not be shown, and stays; /),
    })
    expect(await readFile(file, 'utf8')).toBe('old')
    expect(await countsOf(queueUrl)).toEqual(['1', '0'])
  })
})

it('shows a death of a dead letter only, whole and well-formed, whatever else a message says', async () => {
  const dead = await makeQueue('deaths-dead')
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
  )
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount: 10 })
  const live = await makeQueue('deaths', { RedrivePolicy })
  const death = { reason: 'no stock', attempts: '3', failedAt: '2026-11-22T09:30:00.000Z' }
  const send = (QueueUrl: string, body: string, attributes: Record<string, string>) => {
    const entries = Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }])
    return client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes: Object.fromEntries(entries) }),
    )
  }
  for (const queueUrl of [dead, live]) {
    await send(queueUrl, 'whole', death)
    await send(queueUrl, 'reason only', { reason: 'mine' })
    await send(queueUrl, 'no number', { ...death, attempts: 'many' })
    await send(queueUrl, 'no time', { ...death, failedAt: 'today' })
  }
  const peeked = (await edge('peek', 'deaths-dead')).stdout
  expect(peeked).toMatch(/ {2}whole\n {4}given up after 3 attempts: no stock\n/)
  expect(peeked.match(/given up/g)).toHaveLength(1)
  for (const command of [['peek'], ['receive', '--most', '2'], ['drain', '--json']]) {
    const [verb = '', ...flags] = command
    const { code, stdout } = await edge(verb, 'deaths', ...flags)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^(.*\n){2,4}$/) })
    expect(stdout).not.toMatch(/given up|"reason"/)
  }
})

describe('A message whose sender says that it was given up', () => {
  const said = { reason: 'forged', attempts: '3', failedAt: '2026-11-22T09:30:00.000Z', redrive: 'f'.repeat(32) }
  const MessageAttributes = Object.fromEntries(
    Object.entries(said).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  )

  it('is no dead letter on an edge that has no dead letter queue', async () => {
    const QueueUrl = await makeQueue('for-ever')
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'live', MessageAttributes }))
    for (const verb of ['peek', 'drain']) {
      expect((await edge(verb, 'for-ever', '--json')).stdout).not.toContain('forged')
    }
  })

  it('is a dead letter of which no node has said why when SQS has put it there, and goes to its edge only', async () => {
    const dead = await makeQueue('forged-dead')
    const other = await makeQueue('forged-other')
    const asked = new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] })
    const deadLetterTargetArn = (await client.send(asked)).Attributes?.QueueArn
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 })
    const QueueUrl = await makeQueue('forged', { RedrivePolicy })
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'moved', MessageAttributes }))
    for (const _ of [1, 2]) await client.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }))

    const peeked = await edge('peek', 'forged-dead')
    expect(peeked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\w{32} {2}- {2}.* {2}moved\n$/) })
    const redriven = await edge('redrive', 'forged')
    expect(redriven).toMatchObject({ code: 0, stdout: expect.stringMatching(/^- {2}no node said why\n$/) })
    expect([await countsOf(other), await countsOf(dead)]).toEqual([
      ['0', '0'],
      ['0', '0'],
    ])
    expect(await drainedBodies('forged')).toEqual(['moved'])
  })
})

describe('A file that a drain is appended to', () => {
  const numbers = numbersTo(40)

  /** Drains as much as fits, then the rest, and answers the lines of the file. */
  async function drainedTwice(name: string, between: string): Promise<string[]> {
    await sendNumbers(await makeQueue(name), numbers.length)
    const file = join(folder, name)
    const drain = `causeway edge drain ${name} --json >> ${file}`
    const { code, stderr } = await shell(`(ulimit -f 4; ${drain}); ${between}; ${drain}`, { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('(EFBIG') })
    return (await readFile(file, 'utf8')).trimEnd().split('\n')
  }

  it('has each message once, in a line of its own, also when the disk was full in between', async () => {
    const lines = await drainedTwice('appended', ':')
    expect(inOrder(lines.map((line) => JSON.parse(line).body))).toEqual(numbers)
  })

  it('is mended after a kill as the documentation says', async () => {
    const readme = await readFile(join(root, 'packages/cli/README.md'), 'utf8')
    const [, mend = ''] = /`(\[ -z .*?)`/.exec(readme) ?? []
    const file = join(folder, 'mended')
    const mended = mend.replaceAll('answers.jsonl', file)
    expect(mended).toContain(file)
    const lines = await drainedTwice('mended', `printf '{"body":"cu' >> ${file}; ${mended}; ${mended}`)
    expect(inOrder(lines.map((line) => JSON.parse(line).body))).toEqual(numbers)
  })
})

describe('What nobody has seen', () => {
  it.each(['drain', 'receive'])('stays on the edge when a pipe is not read on: edge %s', async (verb) => {
    const queueUrl = await makeQueue(`unseen-${verb}.fifo`)
    await sendNumbers(queueUrl, 12)
    const { stdout, stderr } = await shell(
      `causeway edge ${verb} unseen-${verb}.fifo | head -1 > /dev/null; echo "$PIPESTATUS"`,
      { env },
    )
    // More was to be drained; no more was to be received.
    expect(stdout).toBe(verb === 'drain' ? '1\n' : '0\n')
    const said =
      /^Standard output is closed or full: (\d+) messages? \w+ taken off the edge; (\d+) that were received with them/
    const [, taken, back] = said.exec(stderr)?.map(Number) ?? []
    // On a machine that is busy the pipe may be closed a line later.
    expect([1, 2, 3], stderr).toContain(taken)
    expect(back).toBe(10 - Number(taken))
    expect(await countsOf(queueUrl)).toEqual([`${12 - Number(taken)}`, '0'])
  })

  it('stays on the edge when the disk is full', async () => {
    const queueUrl = await makeQueue('full')
    await sendNumbers(queueUrl, 3)
    const { code, stderr } = await shell('causeway edge drain full > /dev/full', { env })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /0 messages were taken off the edge; 3 .*\nStandard output cannot be written \(ENOSPC/,
      ),
    })
    expect(await countsOf(queueUrl)).toEqual(['3', '0'])
  })

  it.each(['drain', 'receive'])(
    'stays on the edge when the disk fills in the middle of a line: edge %s',
    async (verb) => {
      const queueUrl = await makeQueue(`filled-${verb}`)
      await createEdge({ queueUrl, client }).send([createMessage({ type: 'long', body: 'x'.repeat(6_000) })])
      const file = join(folder, `filled-${verb}`)
      // A file of at most 4 KiB is written like a disk that has as much left.
      const { code, stderr } = await shell(`ulimit -f 4; causeway edge ${verb} filled-${verb} > ${file}`, { env })
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          /0 messages were taken off the edge; 1 .*\nStandard output cannot be written \(EFBIG/,
        ),
      })
      expect((await readFile(file)).length).toBe(0)
      expect(await countsOf(queueUrl)).toEqual(['1', '0'])
    },
  )
})

it('says how many messages were drained when the network is lost', async () => {
  const queueUrl = await makeQueue('torn')
  await sendNumbers(queueUrl, 200)
  const network = await lossyNetwork(env.AWS_ENDPOINT_URL ?? '', 30_000)
  const { code, stdout, stderr } = await edge('drain', `${network}${new URL(queueUrl).pathname}`)
  const [, said] = /^Cut off: (\d+) messages were taken off the edge\.?/.exec(stderr) ?? []
  expect({ code, said }, stderr).toEqual({ code: 1, said: expect.any(String) })
  // The last may have been deleted with nobody to say so.
  const [waiting, hidden] = (await countsOf(queueUrl)).map(Number)
  expect([0, 1]).toContain(200 - Number(waiting) - Number(hidden) - Number(said))
  expect(stdout.split('\n').length - 1 - Number(said)).toBeLessThanOrEqual(1)
})

describe('edge peek', () => {
  it('says that there is a queue of almost the same name', async () => {
    await makeQueue('nearly.fifo')
    await makeQueue('nearly-standard')
    const said = (other: string) => expect.stringMatching(`, but there is ${other.replace('.', '\\.')}\\.\n$`)
    expect(await edge('peek', 'nearly')).toMatchObject({ code: 1, stderr: said('nearly.fifo') })
    expect(await edge('peek', 'nearly-standard.fifo')).toMatchObject({ code: 1, stderr: said('nearly-standard') })
  })

  it('says how many messages there are that cannot be seen, and how many dead letters', async () => {
    const dead = await makeQueue('busy-dead.fifo')
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
    )
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 100 })
    const QueueUrl = await makeQueue('busy.fifo', { RedrivePolicy })
    await sendNumbers(dead, 1)
    expect((await edge('peek', 'busy.fifo')).stderr).toBe(
      'The edge is empty.\nbusy.fifo: 0 waiting, 0 in hand, 0 delayed\ndead letters, busy-dead.fifo: 1 waiting, 0 in hand, 0 delayed\n',
    )
    await sendNumbers(QueueUrl, 2)
    await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    const { code, stdout, stderr } = await edge('peek', 'busy.fifo')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(
      /^No message is to be seen now\. Those in hand .*\nbusy\.fifo: 0 waiting, 2 in hand, 0 delayed\n/,
    )
    expect(JSON.parse((await edge('peek', 'busy.fifo', '--json')).stdout)).toEqual({
      counts: { waiting: 0, inHand: 2, delayed: 0 },
      deadLetters: { queueUrl: dead, counts: { waiting: 1, inHand: 0, delayed: 0 } },
    })
  })

  it('counts those that it shows as waiting, and those that are delayed', async () => {
    const QueueUrl = await makeQueue('delayed')
    await sendNumbers(QueueUrl, 2)
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 600 }))
    const { stdout, stderr } = await edge('peek', 'delayed')
    expect(stdout.split('\n')).toHaveLength(3)
    expect(stderr).toBe('delayed: 2 waiting, 0 in hand, 1 delayed\n')
  })
})
