import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../../causeway.ts'
import { emptyAccounts, here } from '../../documented.ts'
import { testSandbox, variablesOf } from '../../sandbox.ts'

let env: Record<string, string>

beforeAll(emptyAccounts)

describe('--help', () => {
  /** What the demo leaves behind is what the examples of the readers read. */
  beforeAll(async () => {
    // By this process, which may need a way of its own to where Kafka is fetched from.
    await testSandbox().kafka()
    const flows = ['own-role', 'stream', 'objects', 'topic', 'rotation']
    const { code, stdout } = await causeway(['demo', '--only', ...flows])
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' })
    env = await variablesOf('partner')
  }, 300_000)

  const starts = /sandbox (start|stop|reset|logs .*--follow)|causeway demo|orders\.ndjson|--grant partner\.json/
  it.each([
    'edge',
    'edge send',
    'edge peek',
    'edge receive',
    'sandbox',
    'sandbox status',
    'sandbox env',
    'sandbox deploy',
    'sandbox rotate',
    'sandbox logs',
    'doctor',
    'kinesis',
    'kinesis shards',
    'kinesis iterator',
    'kinesis records',
    'kinesis read',
    'kafka',
    'kafka topics',
    'kafka read',
    'kafka shell',
    's3',
    's3 objects',
    's3 read',
  ])('of %s has examples that work as they stand', async (command) => {
    const { stdout } = await causeway([...command.split(' '), '--help'])
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
