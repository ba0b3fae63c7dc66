import type { Command } from 'commander'
import { UsageError } from './exit.ts'
import { addIdentityOptions, type IdentityFlags } from './identity.ts'

/** The flags that say by what grant something of a partner's is read. */
export interface ReaderFlags extends IdentityFlags {
  grant?: string
}

/** Adds them to a command. */
export const addReaderOptions = (command: Command): Command =>
  addGrantOption(
    addIdentityOptions(command),
    "a grant instead of a role: its id, what grant export --for-reader has written, or a #Let's Data dataset, as JSON; a region that it names goes before AWS_REGION",
  )

/** Adds `--grant`, which no other region may be given beside. */
export function addGrantOption(command: Command, description: string): Command {
  return command.option('--grant <file>', description).hook('preAction', async () => {
    const { grant: file, region } = command.opts<ReaderFlags>()
    if (file === undefined || command.getOptionValueSource('region') !== 'cli') return
    const { readGrant } = await import('./grant.ts')
    const { region: named = region } = await readGrant(file)
    if (named !== region) throw new UsageError(`--region: the grant ${file} names ${named}, so leave out --region.`)
  })
}
