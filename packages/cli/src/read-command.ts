import type { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { addReadOptions, onlyOf, type ReadFlags, type ReadSubject } from './read-options.ts'
import type { OpenSource } from './run-read.ts'

/**
 * Has a command read: adds the flags that all have which do, and runs it by what opens its source. That is loaded when the
 * command runs, not to print help.
 */
export function readCommand<Flags extends ReadFlags>(
  command: Command,
  subject: ReadSubject,
  { terminal, signal }: CommandContext,
  load: () => Promise<{ readonly openSource: OpenSource<Flags> }>,
): Command {
  return addReadOptions(command, subject).action(async (flags: Flags) => {
    const [{ openSource }, { runRead }] = await Promise.all([load(), import('./run-read.ts')])
    await runRead(openSource, { flags, only: onlyOf(command, subject), subject, terminal, signal })
  })
}
