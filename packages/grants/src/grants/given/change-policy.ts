import { setTimeout } from 'node:timers/promises'
import { CausewayError } from '@causeway-aws/auth'
import { withStatements } from './policy-document.ts'
import type { PolicyHolder } from './policy-holder.ts'
import type { PolicyLock } from './policy-lock.ts'
import type { ResourceStatement } from './statements.ts'

const attempts = 6

/**
 * Has the policy of a resource hold a grant's statements as they should be, and no others of the grant; what others have
 * written stays. Others who do not take the lock may write meanwhile, and AWS knows no condition on a policy's write: it is
 * read again right before, and what is found after is looked at.
 *
 * @param wanted None, to take out what the grant has written.
 * @returns Whether anything had to be changed.
 */
export async function changePolicy(
  holder: PolicyHolder,
  id: string,
  wanted: readonly ResourceStatement[],
  lock: PolicyLock,
  wait: (milliseconds: number) => Promise<unknown> = setTimeout,
): Promise<boolean> {
  await using _held = await lock(holder.arn, id)
  let isChanged = false
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const before = await holder.read()
    const after = withStatements(before, holder.arn, id, wanted)
    if (after === before) return isChanged
    if ((await holder.read()) !== before) continue
    await holder.write(after)
    isChanged = true
    // A queue may show what was before for a while; the next attempt finds it right, or somebody else's in its place.
    await wait(attempt === 1 ? 0 : 200 * 2 ** attempt)
  }
  throw new CausewayError(
    `The policy of the ${holder.name} does not stay as it is written: somebody else changes it, too. Find out who, and do this again.`,
    { code: 'PolicyConflict', retryable: true },
  )
}
