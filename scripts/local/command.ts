import { spawn } from 'node:child_process'

export interface Finished {
  /** The exit code; undefined when the program could not be started, or did not end by itself. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, however it ends. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text
      })
    }
    child.once('error', ({ message }) => resolve({ code: undefined, stdout: '', stderr: message }))
    child.once('close', (code) => resolve({ code: code ?? undefined, ...output }))
  })
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds after which the program is ended. */
  readonly timeout?: number
}

/** Runs a program that has to succeed: answers what it printed, or throws a sentence with the end of what it said. */
export async function must(
  what: string,
  program: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options)
  if (code === 0) return stdout
  throw new LocalError(`${what} failed. What ${program} said:\n${lastLines(stderr.trim() === '' ? stdout : stderr)}`)
}

export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n')
}

/** A sentence for the person at the terminal, in place of a stack trace. */
export class LocalError extends Error {
  override name = 'LocalError'
  readonly exitCode: number = 1
}

/** What was typed is wrong. */
export class UsageError extends LocalError {
  override readonly exitCode = 2
}
