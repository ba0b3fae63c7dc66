import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '@causeway-aws/auth'

export interface VirtualTime {
  readonly clock: Clock
  wait(milliseconds: number): Promise<void>
  /** Lets it pass until the work is done. */
  until<Result>(work: Promise<Result>): Promise<Result>
}

/** A clock that passes when all who wait by it do so, and then as far as to the first of them. */
export function virtualTime(): VirtualTime {
  let now = 0
  const sleepers: { at: number; wake: () => void }[] = []
  const clock: Clock = { now: () => Date.UTC(2026, 0, 1) + now, monotonic: () => now }
  return {
    clock,
    wait: (milliseconds) =>
      new Promise((wake) => {
        sleepers.push({ at: now + milliseconds, wake })
      }),
    async until(work) {
      let done = false
      const settled = work.finally(() => {
        done = true
      })
      settled.catch(() => {})
      for (;;) {
        await turn()
        if (done) return settled
        sleepers.sort((a, b) => a.at - b.at)
        const [first] = sleepers.splice(0, 1)
        if (first === undefined) continue
        now = Math.max(now, first.at)
        first.wake()
      }
    },
  }
}
