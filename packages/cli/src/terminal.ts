import { fstatSync } from 'node:fs'
import { styleText } from 'node:util'
import { visible } from './visible.ts'
import { writeAll } from './write-all.ts'

type Style = 'dim' | 'green' | 'red' | 'bold'

/** Where a command writes: results to standard output, what happens meanwhile to standard error. */
export interface Terminal {
  /** One line of the result. */
  print(line?: string): void
  /** One JSON document of the result, on one line unless a person is looking. */
  printJson(value: unknown): void
  /** A part of the result as it is, without a line end. */
  write(text: string | Uint8Array): void
  /** Resolves when what was printed is written: true, or false once any of it could not be, since nobody reads it or a disk is full. */
  written(): Promise<boolean>
  /** Whether another process reads what is printed. It may end at any line, and what is in the pipe then is lost. */
  readonly isPiped: boolean
  /** One line about what is going on; not part of the result. */
  note(line: string): void
  /** Colour, when standard output is a terminal and NO_COLOR is unset. */
  paint(style: Style, text: string): string
}

/** How long, in milliseconds, what is printed may wait to be read once the command is to end: `| less` would never read it. */
const lastWait = 1_000

/**
 * The terminal of this process. `styleText` itself heeds NO_COLOR, FORCE_COLOR and whether the stream is a terminal.
 *
 * @param signal - Says that the command is to end.
 */
export function processTerminal(signal?: AbortSignal): Terminal {
  const { stdout, stderr } = process
  const isPipe = () => {
    const file = fstatSync(stdout.fd)
    return file.isFIFO() || file.isSocket()
  }
  let hasFailed = false
  let written = Promise.resolve(true)
  let fail = () => {}
  signal?.addEventListener('abort', () => setInterval(() => fail(), lastWait).unref(), { once: true })
  const toFile = (text: string | Uint8Array) => {
    if (hasFailed) return // whatever came after a part that is missing would pass for what follows it
    try {
      writeAll(stdout.fd, text)
    } catch (error) {
      hasFailed = true
      written = Promise.resolve(false)
      stdout.destroy(error as Error) // so that it says why, as it does of a pipe
    }
  }
  const toStream = (text: string | Uint8Array) => {
    written = new Promise((resolve) => {
      let isOver = false
      const end = (error: unknown) => {
        if (!isOver) hasFailed ||= Boolean(error)
        isOver = true
        resolve(!hasFailed)
      }
      fail = () => end('not read')
      stdout.write(text, end)
    })
  }
  const write = stdout.isTTY || isPipe() ? toStream : toFile
  return {
    print: (line = '') => write(`${line}\n`),
    printJson: (value) => write(`${JSON.stringify(value, null, stdout.isTTY ? 2 : undefined)}\n`),
    write,
    written: () => written,
    get isPiped() {
      return isPipe()
    },
    // What it says may quote a stranger: a key, a reason.
    note: (line) => void stderr.write(`${line.split('\n').map(visible).join('\n')}\n`),
    paint: (style, text) => styleText(style, text, { stream: stdout }),
  }
}
