import { beforeAll, describe, expect, it } from 'vitest'
import { shell } from '../../causeway.ts'
import { blocksUnder, emptyAccounts, here } from '../../documented.ts'

beforeAll(emptyAccounts)

/** Runs what is under "Try it" of a function's README, and gives what it printed. */
async function tried(name: string, take = Number.POSITIVE_INFINITY): Promise<string> {
  const blocks = await blocksUnder(`functions/${name}/README.md`)
  expect(blocks.length).toBeGreaterThan(0)
  const { code, stdout, stderr } = await shell(`set -e\n${here(blocks.slice(0, take).join(''))}`)
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('the README of', { timeout: 120_000 }, () => {
  it('credential-rotation has a secret rotated', async () => {
    const stdout = await tried('credential-rotation', 1)
    expect(stdout).toContain('webhooks is rotated')
    expect(stdout).toContain('"message":"rotation step done"')
    expect(stdout).not.toContain('the first password of all')
  })

  it('grant-expiry has an ended grant revoked', async () => {
    const stdout = await tried('grant-expiry')
    expect(stdout).toContain('"message":"grant revoked"')
    expect(stdout).toMatch(/^state +revoked, until /m)
  })

  it('credential-vendor has an app send by what it is given, and disabled', async () => {
    expect(await tried('credential-vendor')).toMatch(/order 1$.*order 2$.*^vended {2}disabled/ms)
  })
})
