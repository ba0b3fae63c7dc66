import { beforeAll, describe, expect, it } from 'vitest'
import { shell } from '../../causeway.ts'
import { blocksUnder, emptyAccounts, here } from '../../documented.ts'

beforeAll(emptyAccounts)

describe('docs/grants.md', () => {
  // What a command prints is shown with two more spaces, or begins as a test's line does.
  const isCommand = (block: string) => !/^(order-1\n|ok | {2})/.test(block)

  it('has a stream and a queue shared, used, rotated and revoked, as it says', { timeout: 180_000 }, async () => {
    const blocks = await blocksUnder('docs/grants.md')
    const commands = blocks.filter(isCommand).map(here).join('')
    const { code, stdout } = await shell(`set -e; exec 2>&1\n${commands}`)
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' })
    for (const shown of blocks.filter((block) => !isCommand(block))) {
      expect(stdout.split('\n')).toEqual(expect.arrayContaining(shown.trimEnd().split('\n')))
    }
  })

  it('has tickets made, listed and revoked, as it says', { timeout: 120_000 }, async () => {
    const commands = (await blocksUnder('docs/grants.md', 'Tickets')).join('')
    const grants =
      'causeway sandbox deploy infra/grants.yaml --account home --stack grants\neval "$(causeway sandbox env home)"'
    const { code, stdout, stderr } = await shell(`set -e\n${grants}\n${here(commands)}`)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/open +\S+Z {2}0 of 1 +member of metrics, influxdb-outlet=true\n[\s\S]*^\w{16} {2}revoked$/m)
  })
})
