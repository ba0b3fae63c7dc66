import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rotationSteps } from '@causeway-aws/grants/rotation'
import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import { expect, it } from 'vitest'
import { handler } from '../src/handler.ts'

it('needs no variable', () => {
  expect(handler).toBeTypeOf('function')
})

it('has an event of each step to be tried with, and one of its schedule', async () => {
  const folder = join(import.meta.dirname, '../events')
  const events = await Promise.all(
    (await readdir(folder)).map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8'))),
  )
  expect(events.flatMap(({ Step }) => Step ?? []).toSorted()).toEqual([...rotationSteps].toSorted())
  expect(events).toContainEqual({ retire: true })
})

it('refuses what is no event of Secrets Manager, and logs why', async () => {
  using log = captureLog()
  const refused = handler({ Records: [] }, lambdaContext())
  await expect(refused).rejects.toThrow('This is not an event of Secrets Manager: Step is missing or wrong.')
  expect(log.lines.some(({ level }) => level === 'ERROR')).toBe(true)
})
