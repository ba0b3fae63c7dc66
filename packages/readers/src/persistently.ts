import { setTimeout } from 'node:timers/promises'
import { fullJitter } from '@causeway-aws/edge'
import type { SourceError } from './source-error.ts'

/** How long a service may fail, and what is said of it then. */
export interface Persistence {
  /** In milliseconds. */
  readonly patience: number
  readonly signal: AbortSignal
  /** What a failed request says. One that is not retryable is thrown at once. */
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
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      const said = failure(error)
      if (!said.retryable || performance.now() - began > patience) throw said
    }
    await setTimeout(backoff(failed), undefined, { signal })
  }
}

/** How long to wait after so many failures, in milliseconds. */
export const backoff: (failed: number) => number = fullJitter({ baseDelay: 250, maxDelay: 10_000 })
