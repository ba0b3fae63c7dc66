import type { Command } from 'commander'
import { addIdentityOptions, type IdentityFlags } from './identity.ts'

/** The flags that say by what grant something of a partner's is read. */
export interface ReaderFlags extends IdentityFlags {
  grant?: string
}

/** Adds them to a command. */
export function addReaderOptions(command: Command): Command {
  return addIdentityOptions(command).option(
    '--grant <file>',
    "a grant instead of a role: what the partner has exported, or a #Let's Data dataset, as JSON",
  )
}
