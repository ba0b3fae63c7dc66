import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import { expect, it, vi } from 'vitest'
import { cutRequest } from '../src/request.ts'

const good = { app: 'orders', before: '2026-11-23T01:00:00.500Z', by: 'user-1' }

it('is not loaded without its variable, and names it', async () => {
  await expect(import('../src/handler.ts')).rejects.toThrow(/TABLE: /)
})

it('takes the events that it is tried with', async () => {
  const folder = join(import.meta.dirname, '../events')
  for (const file of await readdir(folder)) {
    const event = JSON.parse(await readFile(join(folder, file), 'utf8'))
    expect(cutRequest(event)).toEqual(event)
  }
})

it.each([
  ['an app that is none', { app: 'Orders' }],
  ['a role by its path', { app: '../credentials' }],
  ['every session by a wildcard', { session: '*' }],
  ['a session of no name', { session: '' }],
  ['a statement', { session: '"}},{"Effect":"Allow"' }],
  ['a policy beside it', { policy: {} }],
  ['a time that is none', { before: 'now' }],
  ['a time to come', { before: '2999-01-01T00:00:00Z' }],
  ['nobody who asks', { by: undefined }],
])('refuses %s, before anything is written', async (_, wrong) => {
  vi.resetModules()
  vi.stubEnv('TABLE', 'causeway-grants')
  const { handler } = await import('../src/handler.ts')
  using log = captureLog()
  await expect(handler({ ...good, ...wrong }, lambdaContext())).rejects.toMatchObject({ name: 'InvalidOptions' })
  expect(log.lines.some(({ level }) => level === 'ERROR')).toBe(true)
  vi.unstubAllEnvs()
})
