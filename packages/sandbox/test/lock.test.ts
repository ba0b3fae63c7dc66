import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { locked } from '../src/lock.ts'
import { gone, startOf } from '../src/process.ts'

async function lockFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'lock')
}

test('what is done under a lock is done one after the other', async () => {
  const file = await lockFile()
  const events: string[] = []
  const work = (name: string) => async () => {
    events.push(`${name} begins`)
    await sleep(20)
    events.push(`${name} ends`)
  }
  await Promise.all([locked(file, work('one')), locked(file, work('other'))])
  expect(events).toEqual(['one begins', 'one ends', 'other begins', 'other ends'])
})

test('a failure frees the lock and is passed on', async () => {
  const file = await lockFile()
  await expect(locked(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await locked(file, async () => 'free')).toBe('free')
})

test('a process that is killed frees its lock', async () => {
  const file = await lockFile()
  const script = `import { locked } from ${JSON.stringify(join(import.meta.dirname, '..', 'src', 'lock.ts'))}
    await locked(${JSON.stringify(file)}, () => new Promise(() => { process.stdout.write('held'); setInterval(() => {}, 1000) }))`
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  let isFree = false
  const waiting = locked(file, async () => (isFree = true))
  await sleep(100)
  expect(isFree).toBe(false)
  holder.kill('SIGKILL')
  expect(await waiting).toBe(true)
})

test('a process is told from a later one of the same id by its start', async () => {
  const child = spawn('sleep', ['60'])
  const { pid } = child as { pid: number }
  const startedAt = await startOf(pid)
  expect(startedAt).toMatch(/\d/)
  expect(await startOf(pid)).toBe(startedAt)
  expect(await gone(pid, 'another time', 0)).toBe(true)
  expect(await gone(pid, startedAt ?? '', 0)).toBe(false)
  child.kill('SIGKILL')
  expect(await gone(pid, startedAt ?? '', 5000)).toBe(true)
  expect(await startOf(pid)).toBeUndefined()
})
