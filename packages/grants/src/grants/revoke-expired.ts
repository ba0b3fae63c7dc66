import { GrantConflict } from './conflict-error.ts'
import type { GrantContext, GrantReport } from './context.ts'
import type { Grant } from './grant.ts'
import { revokeGrant } from './revoke.ts'
import { GrantRefused } from './transitions.ts'

/** How {@link Grants.revokeExpired} goes about it. */
export interface RevokeExpiredOptions {
  /** Ends it between two grants; the next run goes on. */
  signal?: AbortSignal
  /** Told of each grant that was revoked, and what was taken out. */
  onRevoked?: (report: GrantReport) => void
  /** Told of each that could not be; the others are gone on with. Of a record that cannot be read there is only the error. */
  onFailed?: (failed: { grant?: Grant; error: Error }) => void
}

/** How many grants had ended, and what became of them. */
export interface RevokeExpiredSummary {
  readonly revoked: number
  readonly failed: number
  /** Somebody else was changing them, or the time was over: the next run looks at them again. */
  readonly left: number
}

/**
 * Takes out of policies what has ended: it does no harm there, as each statement says its end, and policies have a length.
 * A run that was killed leaves a grant that is being revoked, with which the next one goes on.
 */
export async function revokeExpired(
  context: GrantContext,
  { signal, onRevoked, onFailed }: RevokeExpiredOptions,
): Promise<RevokeExpiredSummary> {
  const count = { revoked: 0, failed: 0, left: 0 }
  const onUnreadable = (error: Error) => {
    count.failed += 1
    onFailed?.({ error })
  }
  for (const { grant } of await context.store.list(onUnreadable)) {
    if (!hasLeft(grant, context.clock.now())) continue
    if (signal?.aborted) {
      count.left += 1
      continue
    }
    try {
      const report = await revokeGrant(context, grant.id)
      count.revoked += 1
      onRevoked?.(report)
    } catch (error) {
      if (error instanceof GrantConflict || isRevoked(error)) {
        count.left += 1
        continue
      }
      count.failed += 1
      onFailed?.({ grant, error: error instanceof Error ? error : new Error(String(error)) })
    }
  }
  return count
}

/** Whether a grant has ended, and what it has put somewhere may still be there. */
const hasLeft = ({ state, until }: Grant, now: number): boolean =>
  state !== 'revoked' && until !== undefined && Date.parse(until) <= now

/** Another run was faster. */
const isRevoked = (error: unknown): boolean => error instanceof GrantRefused && error.state === 'revoked'
