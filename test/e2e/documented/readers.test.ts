import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../../causeway.ts'
import { blocksUnder, emptyAccounts, here } from '../../documented.ts'

beforeAll(async () => {
  await emptyAccounts()
  const { code } = await causeway(['demo', '--only', 'own-role'])
  expect(code).toBe(0)
})

describe('docs/readers.md', () => {
  const isCommand = (block: string) => !/^(shardId-|Stopped|\{"order"|20\n|100 gzip)/.test(block)

  // Each goes on with what those before it have made.
  it.each([
    ['Try it', 'reads a stream, a bucket and a topic of the partner, and is refused the rest'],
    ['Have a function read it', 'has a function send what it reads of the stream to an edge'],
    ["With Kafka's own tools", "has Kafka's console producer write with each compression, and reads it"],
  ])('under "%s" %s, as it says', { timeout: 180_000 }, async (heading) => {
    const blocks = await blocksUnder('docs/readers.md', heading)
    const asTyped = blocks
      .filter(isCommand)
      .map(here)
      .join('')
      .replaceAll(/^(EXTERNAL_ID=not(?:.*\\\n)*.*|.*--prefix invoices\/)$/gm, '$1 && exit 9 || [ $? = 1 ]')
    expect(asTyped).not.toBe('')
    const { code, stdout } = await shell(`set -e; exec 2>&1\n${asTyped}`, { within: 170_000 })
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' })
    for (const shown of blocks.filter((block) => !isCommand(block))) {
      expect(stdout.split('\n')).toEqual(expect.arrayContaining(here(shown).trim().split('\n')))
    }
  })
})
