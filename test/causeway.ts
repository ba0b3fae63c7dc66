import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root, sandboxDirectory } from './sandbox.ts'

/** How a command ended, and what it wrote. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

interface RunOptions {
  /** Variables beside those that a shell has anyway. */
  env?: Record<string, string>
  /** Standard input. */
  input?: string
  /** How long it may take, in milliseconds: it is ended then, with all that it has started, and what it has written is told. */
  within?: number
}

/** Runs the command line as a person does, in the tests' sandbox. */
export async function causeway(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(join(root, 'node_modules/.bin/causeway'), args, options)
}

/** Runs a shell line with `causeway` on the PATH, as the examples have it. */
export async function shell(line: string, options: RunOptions = {}): Promise<Ended> {
  return run('/bin/bash', ['-c', line], options)
}

async function run(
  command: string,
  args: readonly string[],
  { env = {}, input = '', within }: RunOptions,
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: root,
    env: {
      PATH: [join(root, 'node_modules/.bin'), join(root, '.venv/test/bin'), '/usr/local/bin:/usr/bin:/bin'].join(':'),
      HOME: sandboxDirectory(),
      CAUSEWAY_DIRECTORY: sandboxDirectory(),
      NO_COLOR: '1',
      ...env,
    },
    detached: within !== undefined, // as the first of a group of processes, which can be ended together
  })
  let isLate = false
  const end = (): void => {
    isLate = true
    if (child.pid) process.kill(-child.pid, 'SIGKILL')
  }
  const timer = within === undefined ? undefined : setTimeout(end, within)
  // A command may end without having read all of its input, as `head` does in a shell's pipe.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  clearTimeout(timer)
  if (isLate) throw new Error(`It did not end in ${within} ms. It wrote:\n${stdout}${stderr}`)
  return { code, stdout, stderr }
}
