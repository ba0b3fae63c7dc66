import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CausewayError } from '@causeway-aws/auth'
import { type StoreSdk, type VersionStore, versionStore } from '../versions/store.ts'
import { GrantConflict } from './conflict-error.ts'
import { type Grant, type GrantVersion, versionSchema } from './grant.ts'

/** Where grants are kept. Rejects with {@link GrantNotFound} and {@link GrantConflict}. */
export type GrantStore = VersionStore<Grant, GrantVersion>

/**
 * There is no grant of that id in the table.
 *
 * @example
 * ```ts
 * import { createGrants, GrantNotFound } from '@causeway-aws/grants'
 *
 * const grants = createGrants({ table: 'causeway-grants' })
 * export const grant = await grants.get('0123456789abcdef').catch((error: unknown) => {
 *   if (error instanceof GrantNotFound) return undefined
 *   throw error
 * })
 * ```
 */
export class GrantNotFound extends CausewayError {
  constructor(id: string, table: string) {
    super(`There is no grant ${id} in the table ${table}. \`causeway grant list\` shows those that there are.`, {
      code: 'GrantNotFound',
    })
  }
}

/** @param sdk Where it is loaded already; by default it is when it is first needed. */
export const grantStore = (
  table: string,
  client: () => Promise<DynamoDBClient>,
  sdk: () => Promise<StoreSdk> = () => import('@aws-sdk/client-dynamodb'),
): GrantStore =>
  versionStore({
    table,
    client,
    sdk,
    kind: 'grant',
    schema: versionSchema,
    kept: ({ grant }) => grant,
    id: ({ id }) => id,
    unreadable: 'GrantUnreadable',
    notFound: (id) => new GrantNotFound(id, table),
    conflict: ({ before, after, now, cause }) => new GrantConflict(before ?? after, now, cause),
  })
