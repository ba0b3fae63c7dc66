import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../../causeway.ts'
import { blocksUnder, emptyAccounts, here } from '../../documented.ts'

beforeAll(async () => {
  await emptyAccounts()
  const { code } = await causeway(['demo', '--only', 'own-role'])
  expect(code).toBe(0)
})

/** A line without what differs from run to run. */
const withoutFigures = (line: string) =>
  line
    .replaceAll(/\d{4}-\S+Z/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{32}\b/g, 'ID')
    .replaceAll(/\bAIDA\w+/g, 'USER')
    .replaceAll(/[\d,]+ (object|digest)s?/g, 'SOME $1s')

describe('docs/audit.md', () => {
  const isCommand = (block: string) => !/^(\d{4}-|All holds)/.test(block)

  it('has a thousand messages sent, traces one and verifies all, as it says', { timeout: 180_000 }, async () => {
    const blocks = await blocksUnder('docs/audit.md')
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
