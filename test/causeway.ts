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
}

/** Runs the command line as a person does, in the tests' sandbox. */
export async function causeway(args: readonly string[], { env = {}, input = '' }: RunOptions = {}): Promise<Ended> {
  return run(join(root, 'node_modules/.bin/causeway'), args, { env, input })
}

/** Runs a shell line with `causeway` on the PATH, as the examples have it. */
export async function shell(line: string, { env = {}, input = '' }: RunOptions = {}): Promise<Ended> {
  return run('/bin/bash', ['-c', line], { env, input })
}

async function run(command: string, args: readonly string[], { env, input }: Required<RunOptions>): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: root,
    env: {
      PATH: [join(root, 'node_modules/.bin'), join(root, '.venv/test/bin'), '/usr/local/bin:/usr/bin:/bin'].join(':'),
      HOME: sandboxDirectory(),
      CAUSEWAY_DIRECTORY: sandboxDirectory(),
      NO_COLOR: '1',
      ...env,
    },
  })
  // A command may end without having read all of its input, as `head` does in a shell's pipe.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}
