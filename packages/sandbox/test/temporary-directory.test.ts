import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { startOf } from '../src/process.ts'
import { venv } from './temporary-checkout.ts'

test('a test process that is killed leaves neither its sandbox nor its folder behind', async () => {
  const script = `import { openSandbox } from '@causeway-aws/sandbox'
    import { temporaryDirectory } from './temporary-directory.ts'
    const { directory } = await temporaryDirectory()
    const { pid } = await openSandbox({ directory, venv: ${JSON.stringify(venv)} }).start({ port: 'free' })
    process.stdout.write(JSON.stringify({ directory, pid }), () => process.kill(process.pid, 'SIGKILL'))`
  const child = spawn(process.execPath, ['--conditions=causeway-source', '--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [written, [, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect(signal).toBe('SIGKILL')
  const { directory, pid } = JSON.parse(written)
  await expect.poll(() => existsSync(directory), { timeout: 10_000 }).toBe(false)
  expect(await startOf(pid)).toBeUndefined()
})
