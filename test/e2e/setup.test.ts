import { execFile } from 'node:child_process'
import { copyFile, glob, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../sandbox.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-setup-'))
  await copyFile(join(root, 'setup.mjs'), join(folder, 'setup.mjs'))
})
afterEach(() => rm(folder, { recursive: true }))

/** What setup says in a folder that has nothing but it, so that it fails at its first step, which is to look for Python. */
const setup = (): Promise<string> =>
  new Promise((resolve) => {
    const env = { ...process.env, PYTHON: 'no-such-python' }
    execFile(process.execPath, ['setup.mjs'], { cwd: folder, env, timeout: 4_000 }, (_error, _out, said) =>
      resolve(said),
    )
  })

const noPython = /^Python 3\.10 or newer is needed .* PYTHON=no-such-python is no Python that can be run\./

it('has each function of a template built before the tests that deploy it', async () => {
  const { dependencies } = JSON.parse(await readFile(join(root, 'test/package.json'), 'utf8'))
  const functions = new Set<string>()
  for await (const file of glob('infra/*.yaml', { cwd: root })) {
    const template = await readFile(join(root, file), 'utf8')
    for (const [, name] of template.matchAll(/CodeUri: \.\.\/functions\/([^/]+)\/dist/g))
      functions.add(`@causeway-aws/${name}`)
  }
  expect(functions.size).toBeGreaterThan(4)
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining([...functions]))
})

describe('setup', () => {
  it('says that there is no Python before it takes the time for the packages', async () => {
    await expect(setup()).resolves.toMatch(noPython)
  })

  it.each([
    ['was killed before it wrote who it is', ''],
    ['has ended, and whose process id is another process’s now', `${process.pid} 1`],
    ['has ended', '999999999 1'],
  ])('does not wait for one that %s', async (_, owner) => {
    const lock = join(folder, '.setup.lock')
    await writeFile(lock, owner)
    await utimes(lock, new Date(0), new Date(0))
    await expect(setup()).resolves.toMatch(noPython)
  })

  it('waits for one that is running', async () => {
    const first = execFile(process.execPath, ['setup.mjs'], {
      cwd: folder,
      env: { ...process.env, PYTHON: await slow() },
    })
    try {
      await expect
        .poll(setup, { timeout: 10_000 })
        .toBe(`setup: waiting for the one that process ${first.pid} is making of this checkout\n`)
    } finally {
      first.kill()
    }
  })
})

/** A Python that takes its time to say which it is. */
async function slow(): Promise<string> {
  const file = join(folder, 'python')
  await writeFile(file, '#!/bin/sh\nexec sleep 15\n', { mode: 0o755 })
  return file
}
