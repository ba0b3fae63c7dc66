import { CausewayError } from '@causeway-aws/auth'
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

  constructor({ id, version }: Grant, now: GrantVersion | undefined, changed: readonly string[], cause?: unknown) {
    const what =
      now === undefined
        ? 'is not there any more'
        : `was changed by ${now.by} at ${now.at} (${now.what}; version ${version} is ${now.grant.version} now): ${changed.join(', ')}`
    super(`The grant ${id} ${what}. Look at it again, and repeat what you want of it.`, {
      code: 'GrantConflict',
      cause,
    })
    this.changed = changed
  }
}

/** What is different between two versions, each as `state created -> active`. */
export function differences(before: Grant, after: Grant): string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Grant)[]
  return fields.flatMap((field) => {
    if (field === 'version' || JSON.stringify(before[field]) === JSON.stringify(after[field])) return []
    const short = (value: unknown) => (value === undefined ? 'none' : typeof value === 'string' ? value : undefined)
    const [from, to] = [short(before[field]), short(after[field])]
    return from === undefined || to === undefined ? field : `${field} ${from} -> ${to}`
  })
}
