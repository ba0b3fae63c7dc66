import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { bundle } from '../src/bundle.ts'

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bundle-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

test('the same files give the same bytes, whatever their dates and the order they were made in', async () => {
  const one = await folderOf({ 'handler.js': 'a', 'assets/logo.svg': 'b' })
  const other = await folderOf({ 'assets/logo.svg': 'b', 'handler.js': 'a' })
  await utimes(join(other, 'handler.js'), 0, 0)
  expect(await bundle(one)).toEqual(await bundle(other))
})

test('it is the same in every time zone', async () => {
  const folder = await folderOf({ 'handler.js': 'a' })
  const script = `import { bundle } from ${JSON.stringify(join(import.meta.dirname, '..', 'src', 'bundle.ts'))}
    process.stdout.write((await bundle(${JSON.stringify(folder)})).key)`
  const keys = ['Pacific/Apia', 'America/Los_Angeles'].map((TZ) =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, TZ },
    }).toString(),
  )
  expect(keys[0]).toMatch(/^[0-9a-f]{64}\.zip$/)
  expect(keys[0]).toBe(keys[1])
})

test.each([
  ['content', { 'handler.js': 'b' }],
  ['name', { 'handler.mjs': 'a' }],
])('another %s gives another key', async (_what, files) => {
  const one = await bundle(await folderOf({ 'handler.js': 'a' }))
  expect((await bundle(await folderOf(files)))?.key).not.toBe(one?.key)
})

test('what can be run stays so', async () => {
  const folder = await folderOf({ bootstrap: '#!/bin/sh' })
  const before = await bundle(folder)
  await chmod(join(folder, 'bootstrap'), 0o755)
  expect((await bundle(folder))?.key).not.toBe(before?.key)
})

test('a folder without files, or none at all, gives nothing', async () => {
  const folder = await folderOf({})
  expect(await bundle(folder)).toBeUndefined()
  expect(await bundle(join(folder, 'dist'))).toBeUndefined()
})
