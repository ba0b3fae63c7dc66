import { constants } from 'node:os'

/** What asks a process to end: Ctrl-C, `kill` or a supervisor, a terminal that is closed. */
const asking = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How long, in milliseconds, signals count as one: a terminal's goes to all of its processes, and one may pass it on. */
const together = 500

/** Whether and how a command was asked to end before it was done. */
export interface Interruption extends Disposable {
  /** Aborted when the command is to put away what it has, and to end. */
  readonly signal: AbortSignal
  /** As a shell reports the signal that the process got, 128 and its number; undefined when it got none. */
  readonly exitCode: number | undefined
  /** Ends the command for a reason of its own. */
  abort(): void
}

/** Heeds what asks this process to end, until disposed of. Who asks twice does not wait. */
export function heedSignals(): Interruption {
  const interruption = new AbortController()
  let first: { at: number; exitCode: number } | undefined

  function end(name: (typeof asking)[number]): void {
    if (first && performance.now() - first.at > together) process.exit(first.exitCode)
    first ??= { at: performance.now(), exitCode: 128 + constants.signals[name] }
    interruption.abort()
  }

  for (const name of asking) process.on(name, end)
  return {
    signal: interruption.signal,
    get exitCode() {
      return first?.exitCode
    },
    abort: () => interruption.abort(),
    [Symbol.dispose]() {
      for (const name of asking) process.off(name, end)
    },
  }
}
