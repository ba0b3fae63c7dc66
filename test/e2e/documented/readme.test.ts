import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../../causeway.ts'
import { blocksOf, emptyAccounts, here } from '../../documented.ts'
import { root } from '../../sandbox.ts'

beforeAll(async () => {
  await emptyAccounts()
  const { code } = await causeway(['demo', '--only', 'own-role'])
  expect(code).toBe(0)
})

/** A line that is there to show a refusal has to be refused, and a message is given the time to arrive. */
const asShown = (block: string) =>
  block
    .replace(/^ *(causeway doctor .*)$/m, '$1 && exit 9 || [ $? = 1 ]')
    .replace(/^ *(assume wrong.*)$/m, '$1 2>&1 | grep AccessDenied')
    .replace(/^ *(aws logs .*)$/m, "until $1 | grep '\"body.*order 3001'; do sleep 0.3; done")

describe('the README', async () => {
  const blocks = blocksOf(await readFile(join(root, 'README.md'), 'utf8'))
  const byHand = blocks.filter((block) => block.includes('sandbox env partner') && !block.includes('as they should be'))

  it('has its three blocks of commands', () => {
    expect(byHand).toHaveLength(3)
  })

  it.each(byHand.map((block) => [block.split('\n')[0], block]))(
    'begins a block with %s, and all of it works',
    async (_, block) => {
      const { code, stderr } = await shell(`set -e\n${asShown(here(block))}`)
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    },
  )
})
