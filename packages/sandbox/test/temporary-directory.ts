import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A folder for a sandbox. `dispose` ends the sandbox and deletes the folder. */
export interface TemporaryDirectory {
  directory: string
  dispose: () => Promise<void>
}

/**
 * Makes a folder that is disposed of at the latest when this process is gone, whatever ended it: turbo, which ends all
 * tests when one fails, and Ctrl-C leave no time for a teardown. A process with a session of its own waits for the end of
 * a pipe that only this one holds.
 */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const directory = await mkdtemp(join(tmpdir(), 'causeway-sandbox-'))
  const cleanUp = [
    process.execPath,
    '--conditions=causeway-source',
    fileURLToPath(new URL('./clean-up.ts', import.meta.url)),
    directory,
  ]
  const waiting = spawn('/bin/sh', ['-c', 'cat && exec "$0" "$@"', ...cleanUp], {
    cwd: import.meta.dirname,
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  waiting.unref()
  const dispose = async (): Promise<void> => {
    waiting.stdin.end()
    const [code] = await once(waiting, 'exit')
    if (code !== 0) throw new Error(`The sandbox in ${directory} could not be ended and deleted.`)
  }
  return { directory, dispose }
}
