import { untilAborted } from '../until-aborted.ts'

/** Lets work go on side by side, or one piece of it alone. What waits stops waiting when its signal fires. */
export interface Gate {
  /** Begins work beside other work, once nobody has the gate reserved. Disposing of the result ends it. */
  enter(signal: AbortSignal): Promise<Disposable>
  /** Keeps all new work out until the result is disposed of, once or more. One at a time can. */
  reserve(signal: AbortSignal): Promise<Reservation>
}

interface Reservation extends Disposable {
  /** Resolves when all work that was going on has ended. */
  alone(): Promise<void>
}

export function createGate(): Gate {
  let going = 0
  let reserved = false
  let change = Promise.withResolvers<void>()

  function changed(): void {
    change.resolve()
    change = Promise.withResolvers()
  }

  return {
    async enter(signal) {
      while (reserved) await untilAborted(change.promise, signal)
      going += 1
      return {
        [Symbol.dispose]() {
          going -= 1
          changed()
        },
      }
    },
    async reserve(signal) {
      while (reserved) await untilAborted(change.promise, signal)
      reserved = true
      let isOver = false
      return {
        async alone() {
          while (going > 0) await untilAborted(change.promise, signal)
        },
        [Symbol.dispose]() {
          if (isOver) return
          isOver = true
          reserved = false
          changed()
        },
      }
    },
  }
}
