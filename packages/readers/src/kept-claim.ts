import { type Checkpoints, type Claim, ClaimLostError } from './checkpoints.ts'
import { withGrace } from './grace.ts'

/** A claim that is kept as long as this is not disposed of. */
export interface KeptClaim extends Disposable {
  /** Fires when the claim is lost, or with the signal that was given. */
  readonly signal: AbortSignal
  /** Keeps it no more. Resolves when nothing of that is on its way, which would claim again what is given back then. */
  end(): Promise<void>
}

/**
 * Keeps a claim by committing nothing, three times in each lease. Not by `AbortSignal.any`: Node keeps what that makes as
 * long as the longest of its sources, which is here the life of the process.
 * https://github.com/nodejs/node/issues/54614
 */
export function keptClaim(checkpoints: Checkpoints, claim: Claim, lease: number, signal: AbortSignal): KeptClaim {
  const kept = new AbortController()
  const signals = claim.revoked ? [signal, claim.revoked] : [signal]
  const abort = ({ target }: Event): void => kept.abort((target as AbortSignal).reason)
  const fired = signals.find(({ aborted }) => aborted)
  if (fired) kept.abort(fired.reason)
  for (const one of signals) one.addEventListener('abort', abort)
  // A commit that is refused for another reason is made again the next time. When the lease has ended by then, and
  // another has the partition, it is told so.
  let renewed = Promise.resolve()
  const renew = (): void => {
    renewed = checkpoints.commit(claim, lease).catch((error) => {
      if (error instanceof ClaimLostError) kept.abort(error)
    })
  }
  const renewal = setInterval(renew, lease / 3)
  return {
    signal: kept.signal,
    async end() {
      clearInterval(renewal)
      await withGrace(renewed, AbortSignal.abort()).catch(() => {})
    },
    [Symbol.dispose]() {
      clearInterval(renewal)
      for (const one of signals) one.removeEventListener('abort', abort)
    },
  }
}
