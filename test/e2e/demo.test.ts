import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { causeway } from '../causeway.ts'

describe('causeway demo', () => {
  let demo: Awaited<ReturnType<typeof causeway>>
  beforeAll(async () => {
    demo = await causeway(['demo'])
  })

  it('finds everything as it should be', () => {
    expect(demo.stderr).toBe('')
    expect(demo.stdout).toMatch(/\n(\d+) of \1 as they should be, /)
    expect(demo.code).toBe(0)
  })

  it('reads the same in a log: no colour, no cursor movement, a line for each step', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(demo.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    for (const refused of ['wrong ExternalId', 'no ExternalId', 'root key', 'expired session']) {
      expect(demo.stdout).toMatch(new RegExp(`^ {3}${refused} .* refused$`, 'm'))
    }
  })

  it('never prints the ExternalId', async () => {
    const { stdout } = await causeway(['demo', '--only', 'refusals', '--json'])
    const { steps, good, of } = JSON.parse(stdout)
    expect(good).toBe(of)
    expect(steps).toContainEqual(expect.objectContaining({ title: 'wrong ExternalId', outcome: 'refused' }))
    const externalId = await readFile(join(inject('sandboxDirectory'), '.causeway/orders.external-id'), 'utf8')
    expect(externalId).toMatch(/^[0-9a-f]{64}$/)
    expect(demo.stdout + stdout).not.toContain(externalId)
  })
})
