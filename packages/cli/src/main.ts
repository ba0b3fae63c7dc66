import { setImmediate } from 'node:timers/promises'
import { type Command, CommanderError } from 'commander'
import { exitCode, Finding } from './exit.ts'
import { heedSignals } from './interruption.ts'
import { makeProgram } from './program.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/**
 * Runs one `causeway` command line and answers its exit code: 0 done, 1 failed or refused, 2 wrong usage, and as a shell
 * reports it (128 and its number) the signal that asked it to end: 130 for Ctrl-C (SIGINT), 143 for SIGTERM, 129 for SIGHUP.
 *
 * When nobody reads standard output any more the command ends early: 0, or 1 when that has kept it from its work.
 * Never throws: an error becomes one sentence on standard error. With `CAUSEWAY_DEBUG=1` its stack follows.
 *
 * @param args - The words after the program's name.
 * @param given - Where it writes. Default: to the terminal of this process.
 * @example
 * ```ts
 * import { main } from '@causeway-aws/cli'
 *
 * process.exitCode = await main(['sandbox', 'status', '--json'])
 * ```
 */
export async function main(args: readonly string[], given?: Terminal): Promise<number> {
  using interruption = heedSignals()
  const { signal } = interruption
  const terminal = given ?? processTerminal(signal)
  let unwritten: NodeJS.ErrnoException | undefined
  // `causeway edge peek | head -1` closes our standard output: the command ends as by Ctrl-C, and puts away what it has.
  process.stdout.on('error', (error) => {
    unwritten ??= error
    interruption.abort()
  })
  // Nobody reads the notes; the work goes on.
  process.stderr.on('error', unlessClosed)
  let command: Command | undefined
  try {
    const program = await makeProgram({ terminal, signal })
    program.hook('preAction', (_, chosen) => {
      command = chosen
    })
    await program.parseAsync(args, { from: 'user' })
    if (!(await terminal.written())) await setImmediate() // then the stream says why
    if (interruption.exitCode !== undefined) return interruption.exitCode
    if (unwritten) return isClosed(unwritten) ? exitCode.done : reportUnwritten(unwritten, terminal)
    return exitCode.done
  } catch (error) {
    if (interruption.exitCode !== undefined) {
      await terminal.written()
      return interruption.exitCode
    }
    if (unwritten) return isClosed(unwritten) ? exitCode.failed : reportUnwritten(unwritten, terminal)
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage // commander has printed it
    if (error instanceof Finding) return exitCode.failed
    const { reportError } = await import('./error-report.ts')
    return reportError(error, command, terminal)
  }
}

const isClosed = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE'

/** A terminal that is closed answers EIO. */
function unlessClosed(error: NodeJS.ErrnoException): void {
  if (!isClosed(error) && error.code !== 'EIO') throw error
}

function reportUnwritten({ message }: NodeJS.ErrnoException, { note }: Terminal): number {
  note(`Standard output cannot be written (${message}), so the command has ended.`)
  return exitCode.failed
}
