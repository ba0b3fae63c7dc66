import { CausewayError, withoutTokens } from '@causeway-aws/auth'
import type { Command } from 'commander'
import { asTyped } from './as-typed.ts'
import { exitCode, UsageError } from './exit.ts'
import type { Terminal } from './terminal.ts'

/** Says in one sentence what a command failed with, and answers its exit code. */
export function reportError(error: unknown, command: Command | undefined, terminal: Terminal): number {
  terminal.note(sentence(error, command))
  if (process.env.CAUSEWAY_DEBUG === '1' && error instanceof Error) terminal.note(error.stack ?? '')
  return error instanceof UsageError || isBadInput(error) ? exitCode.usage : exitCode.failed
}

/** Our errors carry the whole sentence. Of AWS's, the name is what a person looks up. */
function sentence(error: unknown, command: Command | undefined): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof CausewayError && error.code === 'InvalidOptions') {
    return asTyped(error.message, command?.options ?? [])
  }
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
