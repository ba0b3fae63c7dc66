import { CausewayError } from '@causeway-aws/auth'
import { overtaken } from '../versions/differences.ts'
import type { Grant, GrantVersion } from './grant.ts'

/**
 * Somebody else has changed the grant since it was read. Nothing was written.
 *
 * @example
 * ```ts
 * import { createGrants, GrantConflict } from '@causeway-aws/grants'
 *
 * const grants = createGrants({ table: 'causeway-grants' })
 * await grants.revoke('0123456789abcdef').catch((error: unknown) => {
 *   if (!(error instanceof GrantConflict)) throw error
 *   process.stderr.write(`${error.changed.join(', ')}\n`)
 * })
 * ```
 */
export class GrantConflict extends CausewayError {
  /** The fields that are different now. */
  readonly changed: readonly string[]

  constructor(grant: Grant, now: GrantVersion | undefined, cause?: unknown) {
    const { message, changed } = overtaken(`The grant ${grant.id}`, grant, now && { ...now, record: now.grant })
    super(message, { code: 'GrantConflict', cause })
    this.changed = changed
  }
}
