import { styleText } from 'node:util'

type Style = 'dim' | 'green' | 'red' | 'bold'

/** Where a command writes: results to standard output, what happens meanwhile to standard error. */
export interface Terminal {
  /** One line of the result. */
  print(line?: string): void
  /** One JSON document of the result, on one line unless a person is looking. */
  printJson(value: unknown): void
  /** A part of a result line, without a line end. */
  write(text: string): void
  /** One line about what is going on; not part of the result. */
  note(line: string): void
  /** Colour, when standard output is a terminal and NO_COLOR is unset. */
  paint(style: Style, text: string): string
}

/** The terminal of this process. `styleText` itself heeds NO_COLOR, FORCE_COLOR and whether the stream is a terminal. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  return {
    print: (line = '') => void stdout.write(`${line}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value, null, stdout.isTTY ? 2 : undefined)}\n`),
    write: (text) => void stdout.write(text),
    note: (line) => void stderr.write(`${line}\n`),
    paint: (style, text) => styleText(style, text, { stream: stdout }),
  }
}
