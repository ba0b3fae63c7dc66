import type { Terminal } from '../terminal.ts'

const everyMilliseconds = 2_000

/** Says how far a command has come, now and then, when a person is looking. */
export function createProgress(terminal: Terminal): (say: () => string) => void {
  let last = performance.now()
  return (say) => {
    if (!process.stderr.isTTY || performance.now() - last < everyMilliseconds) return
    last = performance.now()
    terminal.note(say())
  }
}
