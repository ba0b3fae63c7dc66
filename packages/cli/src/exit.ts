/** The exit codes of every command, unless a signal has asked it to end. */
export const exitCode = {
  done: 0,
  /** The command was understood and what it asked for failed or was refused. */
  failed: 1,
  /** The command line, a file or a variable that it names was wrong; nothing was done. */
  usage: 2,
} as const

/** A sentence for the person at the terminal about what they typed; the command ends with {@link exitCode.usage}. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command did its work and has said what it found; only the exit code is left to give. */
export class Finding extends Error {
  override readonly name = 'Finding'
}
