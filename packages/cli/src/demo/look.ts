import { setTimeout as sleep } from 'node:timers/promises'
import type { Terminal } from '../terminal.ts'

interface Looking {
  /** What a person should get to see. */
  expected: string
  /**
   * Looks once (the first time, the second, ...), by a command that prints what it sees, and answers those lines that
   * are what is expected, or none of them.
   */
  once(attempt: number, terminal: Terminal, printed: readonly string[]): Promise<readonly string[]>
  signal: AbortSignal
}

const patience = 20_000

/** Looks until what is expected is there, since other nodes, and other demos, are at work; for at most 20 seconds. */
export async function look({ expected, once, signal }: Looking): Promise<readonly string[]> {
  const end = performance.now() + patience
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    const printed: string[] = []
    const found = await once(attempt, terminalOf(printed), printed)
    if (found.length > 0) return found
    if (performance.now() > end) {
      const seen = printed.length === 0 ? 'nothing' : `\n${printed.map((line) => `     ${line}`).join('\n')}`
      throw new Error(`Expected ${expected}; after ${patience / 1000} s there was ${seen}`)
    }
    await sleep(100)
  }
}

/** What a command prints, without colour. What it says beside that is for whoever typed it. */
function terminalOf(printed: string[]): Terminal {
  return {
    print: (line = '') => void printed.push(line),
    printJson: (value) => void printed.push(JSON.stringify(value)),
    write: (text) => void printed.push(Buffer.from(text).toString()),
    written: () => Promise.resolve(true),
    isPiped: false,
    note: () => {},
    paint: (_, text) => text,
  }
}
