import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/** Prints lines of 1,000 bytes to a file of which only so much can be written, and answers what became of each. */
async function printLines(count: number, mostBytes: number): Promise<{ written: string; file: string }> {
  const file = join(await mkdtemp(join(tmpdir(), 'terminal-')), 'out')
  const program = `
    const { processTerminal } = await import(${JSON.stringify(new URL('../src/terminal.ts', import.meta.url).href)})
    const terminal = processTerminal()
    process.stdout.on('error', ({ code }) => console.error(code))
    for (let line = 0; line < ${count}; line++) {
      terminal.print(String(line).padEnd(999, '.'))
      console.error(await terminal.written())
    }`
  // In blocks of 512 bytes. What goes beyond is refused as by a full disk: of the write in the middle a part is taken.
  const limited = `ulimit -f ${mostBytes / 512}; exec "$0" --input-type=module --eval "$1" > "$2"`
  const { stderr } = await promisify(execFile)('/bin/sh', ['-c', limited, process.execPath, program, file])
  return { written: stderr, file: await readFile(file, 'utf8') }
}

it('says that a line was not written of which a file has taken a part only, which is taken out again, and of all after it', async () => {
  const { written, file } = await printLines(4, 2_560)
  expect(written).toBe('true\ntrue\nfalse\nfalse\nEFBIG\n')
  expect(file).toHaveLength(2_000)
})

it('says that lines were written of which a file has taken all', async () => {
  const { written, file } = await printLines(4, 5_120)
  expect(written).toBe('true\n'.repeat(4))
  expect(file).toHaveLength(4_000)
})

it('shows what a stranger says in a note, and does not do it', async () => {
  const program = `
    const { processTerminal } = await import(${JSON.stringify(new URL('../src/terminal.ts', import.meta.url).href)})
    processTerminal().note('two lines,\\nand a key \\u001b[31mred')`
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  expect(stderr).toBe('two lines,\nand a key \\u{1b}[31mred\n')
})
