import { expect } from 'vitest'
import { test } from './temporary-checkout.ts'

test('a sandbox that hangs is ended and started again', async ({ checkout: { sandbox, port } }) => {
  const { pid } = await sandbox.start({ port })
  process.kill(pid, 'SIGSTOP')
  const lines: string[] = []
  expect((await sandbox.start({ port, onProgress: (line) => lines.push(line) })).pid).not.toBe(pid)
  expect(lines).toEqual([`process ${pid}, this checkout's MiniStack, does not answer: it is ended`])
})
