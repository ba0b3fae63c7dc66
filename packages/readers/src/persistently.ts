import { setTimeout } from 'node:timers/promises'
import { fullJitter } from '@causeway-aws/edge'
import type { SourceError } from './source-error.ts'

/** How long a client may fail before that is an error. Who was let in once, and then is refused, may be let in again. */
export class Patience {
  readonly #milliseconds: number
  #wasAnswered = false

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /** Says that there was an answer. */
  answered(): void {
    this.#wasAnswered = true
  }

  /** Whether to ask once more after a failure, when nothing has come since a time of `performance.now()`. */
  allows(said: SourceError, since: number): boolean {
    const mayPass = said.retryable || (this.#wasAnswered && isOfCredentials(said.cause))
    return mayPass && performance.now() - since <= this.#milliseconds
  }
}

const refusals = ['AssumeRoleDenied', 'CallerSessionExpired', 'ExpiredToken', 'ExpiredTokenException']

/** Whether there are no credentials now, or they have ended: not whether they are good for what was asked. */
const isOfCredentials = (error: unknown): boolean => error instanceof Error && refusals.includes(error.name)

/** How somebody asks until there is an answer. */
export interface Persistence {
  readonly patience: Patience
  readonly signal: AbortSignal
  /** What a failed request says. */
  readonly failure: (error: unknown) => SourceError
}

/** Asks until there is an answer, or has been none for too long. */
export async function persistently<Answer>(
  { patience, signal, failure }: Persistence,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const began = performance.now()
  for (let failed = 1; ; failed += 1) {
    try {
      const answer = await ask()
      patience.answered()
      return answer
    } catch (error) {
      signal.throwIfAborted()
      const said = failure(error)
      if (!patience.allows(said, began)) throw said
    }
    await setTimeout(backoff(failed), undefined, { signal })
  }
}

/** How long to wait after so many failures, in milliseconds. */
export const backoff: (failed: number) => number = fullJitter({ baseDelay: 250, maxDelay: 10_000 })
