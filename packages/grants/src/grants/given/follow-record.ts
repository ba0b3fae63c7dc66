import type { GrantContext } from '../context.ts'
import type { Grant, GrantVersion } from '../grant.ts'
import { placeGrant, takeOutGrant } from './place.ts'

/**
 * Somebody else may have revoked the grant, or have let in other roles, while a version of it was written into policies:
 * what is on record then holds, so they are made to say that, until it stays as it is.
 *
 * @returns What is on record now, where that is not the version that was written.
 */
export async function followRecord(context: GrantContext, written: Grant): Promise<GrantVersion | undefined> {
  const now = await context.store.get(written.id)
  const { grant } = now
  if (grant.version === written.version) return undefined
  if (grant.state === 'revoking' || grant.state === 'revoked') await takeOutGrant(context, written)
  else await placeGrant(context, grant)
  return (await followRecord(context, grant)) ?? now
}
