import { CausewayError, withoutTokens } from '@causeway-aws/auth'
import { CommanderError } from 'commander'
import { exitCode, Finding, UsageError } from './exit.ts'
import { makeProgram } from './program.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/**
 * Runs one `causeway` command line and answers its exit code: 0 done, 1 failed or refused, 2 wrong usage, 130 interrupted.
 *
 * Never throws: an error becomes one sentence on standard error. With `CAUSEWAY_DEBUG=1` its stack follows.
 *
 * @param args - The words after the program's name.
 * @example
 * ```ts
 * import { main } from '@causeway-aws/cli'
 *
 * process.exitCode = await main(['sandbox', 'status', '--json'])
 * ```
 */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const interruption = new AbortController()
  const interrupt = () => {
    if (interruption.signal.aborted) process.exit(exitCode.interrupted) // a second Ctrl-C does not wait
    interruption.abort()
  }
  process.on('SIGINT', interrupt)
  process.stdout.on('error', endQuietly)
  try {
    const program = await makeProgram({ terminal, signal: interruption.signal })
    await program.parseAsync(args, { from: 'user' })
    return interruption.signal.aborted ? exitCode.interrupted : exitCode.done
  } catch (error) {
    if (interruption.signal.aborted) return exitCode.interrupted
    return report(error, terminal)
  } finally {
    process.off('SIGINT', interrupt)
  }
}

/** `causeway edge peek | head -1` closes our standard output; that is no failure. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCode.done)
  throw error
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage // commander has printed it
  if (error instanceof Finding) return exitCode.failed
  terminal.note(sentence(error))
  if (process.env.CAUSEWAY_DEBUG === '1' && error instanceof Error) terminal.note(error.stack ?? '')
  return error instanceof UsageError || isBadInput(error) ? exitCode.usage : exitCode.failed
}

/** Our errors carry the whole sentence. Of AWS's, the name is what a person looks up. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message === 'Region is missing')
    return `No AWS region is set. Set AWS_REGION, or give --region. ${inSandbox}`
  if (error.name === 'CredentialsProviderError') return `No AWS credentials were found: ${error.message}. ${inSandbox}`
  if ('code' in error && error.code === 'ECONNREFUSED')
    return `${error.message}. Is the sandbox running? npx causeway sandbox start`
  return '$fault' in error ? `${error.name}: ${withoutTokens(error.message)}` : error.message
}

const inSandbox = 'For the sandbox: eval "$(npx causeway sandbox env partner)"'

/** Our own kinds of error that mean: what was given is wrong, and nothing was done. */
const badInput: readonly string[] = ['InvalidOptions', 'InvalidTemplate', 'SecretUnavailable']

const isBadInput = (error: unknown): boolean =>
  error instanceof CausewayError && badInput.includes(error.code) && !error.retryable
