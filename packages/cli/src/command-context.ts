import type { Terminal } from './terminal.ts'

/** What every command is given. */
export interface CommandContext {
  terminal: Terminal
  /** Aborted by Ctrl-C, SIGTERM or SIGHUP, and when nobody reads standard output any more. A command that it keeps from its work throws. */
  signal: AbortSignal
}
