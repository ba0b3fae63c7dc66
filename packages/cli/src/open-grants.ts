import { createGrants, type Grants } from '@causeway-aws/grants'
import { remembering } from './aws-request.ts'
import { UsageError } from './exit.ts'
import { clientLimits } from './request-limits.ts'
import type { TableFlags } from './table-options.ts'
import type { Terminal } from './terminal.ts'

/** The grants of the caller's account. */
export function openGrants({
  table,
  region,
  terminal,
}: Pick<TableFlags, 'table' | 'region'> & { terminal?: Terminal }): Grants {
  return createGrants({
    table,
    client: { ...clientLimits, ...(region && { region }) },
    onClient: remembering,
    onWarning: ({ message }) => terminal?.note(message),
  })
}

/** The id of a grant that a person names by it, or by its name where no other is called so that is not revoked. */
export async function grantIdOf(grants: Grants, named: string): Promise<string> {
  if (/^[0-9a-f]{16}$/.test(named)) return named
  const all = (await grants.list()).filter(({ grant }) => grant.name === named)
  const alive = all.filter(({ state }) => state !== 'revoked')
  const ids = (alive.length > 0 ? alive : all).map(({ grant }) => grant.id)
  const [id] = ids
  if (id === undefined) {
    throw new Error(`There is no grant called ${named}. \`causeway grant list\` shows those that there are.`)
  }
  if (ids.length > 1)
    throw new UsageError(`${ids.length} grants are called ${named}; say which by its id: ${ids.join(', ')}`)
  return id
}
