import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../causeway.ts'
import { root, sandboxDirectory, testSandbox, variablesOf } from '../sandbox.ts'

/** What the documents and `--help` show is run as it stands; only the sandbox's folder is the tests' own. */
const sandbox = testSandbox()
let env: Record<string, string>

beforeAll(async () => {
  const demo = await causeway(['demo', '--only', 'own-role'])
  expect(demo.code).toBe(0)
  env = await variablesOf('partner')
})

/** A line that is there to show a refusal has to be refused, and a message is given the time to arrive. */
const asShown = (block: string) =>
  block
    .replace(/^ *(causeway doctor .*)$/m, '$1 && exit 9 || [ $? = 1 ]')
    .replace(/^ *(assume wrong.*)$/m, '$1 2>&1 | grep AccessDenied')
    .replace(/^ *(aws logs .*)$/m, "until $1 | grep '\"body.*order 3001'; do sleep 0.3; done")

const here = (line: string) =>
  line.replaceAll(/npx (causeway|node)/g, '$1').replaceAll('.causeway/', `${sandboxDirectory()}/.causeway/`)

describe('the README', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block)
  const byHand = blocks.filter((block) => block.includes('sandbox env partner') && !block.includes('as they should be'))

  it('has its three blocks of commands', () => {
    expect(byHand).toHaveLength(3)
  })

  it.each(byHand.map((block) => [block.split('\n')[0]?.trim(), block]))(
    'begins a block with %s, and all of it works',
    async (_, block) => {
      const { code, stderr } = await shell(`set -e\n${asShown(here(block))}`)
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    },
  )
})

/** The blocks under a heading of a page. */
async function tried(page: string, heading = 'Try it'): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8')
  const [, section = ''] = new RegExp(`^## ${heading}\\n([\\s\\S]*?)^## `, 'm').exec(text) ?? []
  return [...section.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, ''))
}

describe('docs/readers.md', async () => {
  const isCommand = (block: string) => !/^(shardId-|Stopped|\{"order"|20\n|100 gzip)/.test(block)

  // Each goes on with what those before it have made.
  it.each([
    ['Try it', 'reads a stream, a bucket and a topic of the partner, and is refused the rest'],
    ['Have a function read it', 'has a function send what it reads of the stream to an edge'],
    ["With Kafka's own tools", "has Kafka's console producer write with each compression, and reads it"],
  ])('under "%s" %s, as it says', { timeout: 180_000 }, async (heading) => {
    const blocks = await tried('docs/readers.md', heading)
    const asTyped = blocks
      .filter(isCommand)
      .map(here)
      .join('')
      .replaceAll(/^(EXTERNAL_ID=not(?:.*\\\n)*.*|.*--prefix invoices\/)$/gm, '$1 && exit 9 || [ $? = 1 ]')
    expect(asTyped).not.toBe('')
    const { code, stdout } = await shell(`set -e; exec 2>&1\n${asTyped}`)
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' })
    for (const shown of blocks.filter((block) => !isCommand(block))) {
      expect(stdout.split('\n')).toEqual(expect.arrayContaining(here(shown).trim().split('\n')))
    }
  })
})

describe('docs/audit.md', async () => {
  const blocks = await tried('docs/audit.md')
  const isCommand = (block: string) => !/^(\d{4}-|All holds)/.test(block)

  it('has a thousand messages sent, traces one and verifies all, as it says', { timeout: 180_000 }, async () => {
    const commands = blocks.filter(isCommand).map(here).join('')
    // A person looks again, too, while the node is at work.
    const asTyped = commands
      .replace(/^(causeway audit trace .*)$/m, 'until $1 2>/dev/null; do sleep 0.5; done')
      .replace(
        /^(aws lambda invoke .*)\n(causeway audit verify .*)$/m,
        'until $1 && $2 | grep "1,000 records.*Z\\.$"; do :; done',
      )
    const { code, stdout, stderr } = await shell(`set -e\n${asTyped}`)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    for (const shown of blocks.filter((block) => !isCommand(block))) {
      expect(stdout.split('\n').map(withoutFigures)).toContain(withoutFigures(shown.trim()))
    }
  })
})

describe('docs/grants.md', async () => {
  const blocks = await tried('docs/grants.md')
  // What a command prints is shown with two more spaces, or begins as a test's line does.
  const isCommand = (block: string) => !/^(order-1\n|ok | {2})/.test(block)

  it('has a stream and a queue shared, used, rotated and revoked, as it says', { timeout: 180_000 }, async () => {
    const commands = blocks.filter(isCommand).map(here).join('')
    const { code, stdout } = await shell(`set -e; exec 2>&1\n${commands}`)
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' })
    for (const shown of blocks.filter((block) => !isCommand(block))) {
      expect(stdout.split('\n')).toEqual(expect.arrayContaining(shown.trimEnd().split('\n')))
    }
  })
})

describe('docs/grants.md, of tickets,', () => {
  it('has tickets made, listed and revoked, as it says', { timeout: 120_000 }, async () => {
    const commands = (await tried('docs/grants.md', 'Tickets')).join('')
    const grants =
      'causeway sandbox deploy infra/grants.yaml --account home --stack grants\neval "$(causeway sandbox env home)"'
    const { code, stdout, stderr } = await shell(`set -e\n${grants}\n${here(commands)}`)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/open +\S+Z {2}0 of 1 +member of metrics, influxdb-outlet=true\n[\s\S]*^\w{16} {2}revoked$/m)
  })
})

describe('functions/credential-rotation', () => {
  it('is tried as its README says', { timeout: 120_000 }, async () => {
    const [commands = ''] = await tried('functions/credential-rotation/README.md')
    expect(commands).toContain('sandbox rotate webhooks')
    const { code, stdout, stderr } = await shell(`set -e\n${here(commands)}`)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('webhooks is rotated')
    expect(stdout).toContain('"message":"rotation step done"')
    expect(stdout).not.toContain('the first password of all')
  })
})

describe('functions/grant-expiry', () => {
  it('is tried as its README says', { timeout: 120_000 }, async () => {
    const commands = (await tried('functions/grant-expiry/README.md')).join('')
    expect(commands).toContain('lambda invoke')
    const { code, stdout, stderr } = await shell(`set -e\n${here(commands)}`)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('"message":"grant revoked"')
    expect(stdout).toMatch(/^state +revoked, until /m)
  })
})

describe('functions/credential-vendor', () => {
  it('is tried as its README says', { timeout: 120_000 }, async () => {
    const commands = (await tried('functions/credential-vendor/README.md')).join('')
    expect(commands).toContain('app disable vended')
    const { code, stdout, stderr } = await shell(`set -e\n${here(commands)}`)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/order 1$.*order 2$.*^vended {2}disabled/ms)
  })
})

/** A line without what differs from run to run. */
const withoutFigures = (line: string) =>
  line
    .replaceAll(/\d{4}-\S+Z/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'ID')
    .replaceAll(/\bAIDA\w+/g, 'USER')
    .replaceAll(/[\d,]+ (object|digest)s?/g, 'SOME $1s')

describe('--help', () => {
  /** What the demo leaves behind is what the examples of the readers read. */
  beforeAll(async () => {
    // By this process, which may need a way of its own to where Kafka is fetched from.
    await sandbox.kafka()
    for (const flow of ['stream', 'objects', 'topic', 'rotation']) {
      const { code, stdout } = await causeway(['demo', '--only', flow])
      expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' })
    }
    env = await variablesOf('partner')
  }, 300_000)

  const starts = /sandbox (start|stop|reset|logs .*--follow)|causeway demo|orders\.ndjson|--grant partner\.json/
  it.each([
    ['edge', ['--help']],
    ['edge send', ['--help']],
    ['edge peek', ['--help']],
    ['edge receive', ['--help']],
    ['sandbox', ['--help']],
    ['sandbox status', ['--help']],
    ['sandbox env', ['--help']],
    ['sandbox deploy', ['--help']],
    ['sandbox rotate', ['--help']],
    ['sandbox logs', ['--help']],
    ['doctor', ['--help']],
    ['kinesis', ['--help']],
    ['kinesis shards', ['--help']],
    ['kinesis iterator', ['--help']],
    ['kinesis records', ['--help']],
    ['kinesis read', ['--help']],
    ['kafka', ['--help']],
    ['kafka topics', ['--help']],
    ['kafka read', ['--help']],
    ['kafka shell', ['--help']],
    ['s3', ['--help']],
    ['s3 objects', ['--help']],
    ['s3 read', ['--help']],
  ])('of %s has examples that work as they stand', async (command, flags) => {
    const { stdout } = await causeway([...command.split(' '), ...flags])
    const examples = [...stdout.matchAll(/^ {2}\$ ((?:.*\\\n)*.*)$/gm)].map(([, example = '']) => example)
    expect(examples.length).toBeGreaterThanOrEqual(1)
    for (const example of examples.filter((line) => !starts.test(line))) {
      const { code, stderr } = await shell(here(example), {
        env: { ...env, EXTERNAL_ID: 'an-external-id-of-your-own-c29tZXRoaW5n' },
      })
      const mayBeRefused = example.startsWith('causeway doctor') ? [0, 1] : [0]
      expect(mayBeRefused, `${example}\n${stderr}`).toContain(code)
    }
  })
})
