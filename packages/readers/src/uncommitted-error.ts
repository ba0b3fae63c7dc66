import { CausewayError } from '@causeway-aws/auth'
import { requestFailure } from '@causeway-aws/edge'
import { whereAfter } from './where-after.ts'

/** A partition of which more was done than is committed. */
export interface Uncommitted {
  readonly partition: string
  /** What is committed: what comes after it comes again. Missing where nothing is. */
  readonly position: string | undefined
}

/** Reading was ended, and what was done last could not be committed: it comes again. */
export class UncommittedError extends CausewayError {
  readonly uncommitted: readonly Uncommitted[]
  /** What comes again, and why, as the rest of a sentence. */
  readonly again: string

  constructor(uncommitted: readonly Uncommitted[], cause: unknown) {
    const again = `what was done of ${placesOf(uncommitted)} comes again (${reasonOf(cause)})`
    super(`Reading has ended before all was committed: ${again}.`, { code: 'UncommittedError', cause })
    this.uncommitted = uncommitted
    this.again = again
  }
}

/** How many partitions are named. */
const mostNamed = 3

function placesOf(uncommitted: readonly Uncommitted[]): string {
  const named = uncommitted
    .slice(0, mostNamed)
    .map(({ partition, position }) => (position === undefined ? partition : `${partition} ${whereAfter(position)}`))
  const others = uncommitted.length - named.length
  return new Intl.ListFormat('en-GB').format(others > 0 ? [...named, `${others} more`] : named)
}

function reasonOf(cause: unknown): string {
  return cause instanceof CausewayError ? cause.message.replace(/\.$/, '') : requestFailure(cause).reason
}
