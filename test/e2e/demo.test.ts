import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
// @boundaries-ignore the names of the flows are no part of what the command line exports
import { flowNames } from '../../packages/cli/src/commands/demo.ts'
import { causeway } from '../causeway.ts'
import { root, sandboxDirectory } from '../sandbox.ts'

/** A line without how long it took. */
const untimed = (line: string) => line.replace(/ +\d+ ms$/, '')

describe('causeway demo', () => {
  let demo: Awaited<ReturnType<typeof causeway>>
  beforeAll(async () => {
    demo = await causeway(['demo'])
  }, 300_000)

  it('finds everything as it should be', () => {
    expect(demo.stderr).toBe('')
    expect(demo.stdout).toMatch(/\n(\d+) of \1 as they should be, /)
    expect(demo.code).toBe(0)
  })

  it('reads the same in a log: no colour, no cursor movement, a line for each step', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(demo.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    const refusals = [
      'wrong ExternalId',
      'no ExternalId',
      'root key',
      'expired session',
      'body changed in S3',
      'record',
    ]
    for (const refused of refusals) expect(demo.stdout).toMatch(new RegExp(`^ {3}${refused} .* refused$`, 'm'))
  })

  it('has every outcome in one column', () => {
    const steps = [...demo.stdout.matchAll(/^( {3}\S.*) (?:ok +\d+ ms|refused)$/gm)]
    expect(new Set(steps.map(([, before = '']) => before.length)).size).toBe(1)
  })

  it.each([
    [
      'the log of a message that was absorbed',
      /\{"level":"INFO","message":"message absorbed","trackingId":"[0-9a-f]{32}"\}/,
    ],
    [
      'why a message is a dead letter',
      /given up after 2 attempts: A large body .* does not have the hash of its reference/,
    ],
    ['the way of a message to home', / \w+ \("causeway-demo"\) -> orders {2}order {2}processed {2}[0-9a-f]{32}\n/],
    [
      'its way on to the partner',
      / └─ .*causeway-orders-trigger"\) -> answers {2}order {2}processed {2}[0-9a-f]{32}\n/,
    ],
    ['that no token was refused while a secret was rotated', /\n {5}\d+ tokens, none refused: /],
    ['that an audit holds', /\n {5}All holds: /],
    ['which object of an audit was hidden', /\n {5}object-removed +records\/.* it was deleted\n/],
  ])('shows %s', (_, line) => {
    expect(demo.stdout).toMatch(line)
  })

  // The other one leaves out `on-record`, which hides a record of the audit that both have.
  it('finds all as it should be again, and beside another demo', { timeout: 300_000 }, async () => {
    const others = flowNames.filter((name) => name !== 'on-record')
    const demos = [causeway(['demo', '--json']), causeway(['demo', '--json', '--only', ...others])]
    for (const { stdout, code } of await Promise.all(demos)) {
      const { steps } = JSON.parse(stdout)
      expect(steps.filter(({ asItShouldBe }: { asItShouldBe: boolean }) => !asItShouldBe)).toEqual([])
      expect(code).toBe(0)
    }
  })

  it('reads as the README says', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const [excerpt = ''] = /^ {4}Causeway demo:(?:.*\n)+? {4}End it:.*\n/m.exec(readme) ?? []
    const steps = excerpt.split('\n').filter((line) => /^ {4}(\d {2}| {3}\S.* (ok +\d+ ms|refused)$)/.test(line))
    expect(steps.length).toBeGreaterThan(20)
    expect(excerpt).toContain(/\d+ of \d+ as they should be/.exec(demo.stdout)?.[0])
    const printed = new Set(demo.stdout.split('\n').map(untimed))
    for (const step of steps) expect(printed).toContain(untimed(step.slice(4)))
  })

  it('never prints the ExternalId', async () => {
    const { stdout } = await causeway(['demo', '--only', 'refusals', '--json'])
    const { steps, good, of } = JSON.parse(stdout)
    expect(good).toBe(of)
    expect(steps).toContainEqual(expect.objectContaining({ title: 'wrong ExternalId', outcome: 'refused' }))
    const externalId = await readFile(join(sandboxDirectory(), '.causeway/orders.external-id'), 'utf8')
    expect(externalId).toMatch(/^[0-9a-f]{64}$/)
    expect(demo.stdout + stdout).not.toContain(externalId)
  })
})
