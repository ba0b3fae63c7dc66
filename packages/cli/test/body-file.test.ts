import { appendFile, mkdtemp, rename, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LargeBodies } from '@causeway-aws/edge'
import { beforeEach, expect, it } from 'vitest'
import { readBody } from '../src/commands/body-file.ts'
import type { Terminal } from '../src/terminal.ts'

const whole = 'x'.repeat(4_000_000)

let file: string
let notes: string[]

beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'body-')), 'body.txt')
  notes = []
  await writeFile(file, whole)
})

/** Reads the file, of which something is done with the first of its bytes that are stored. Answers how many were. */
async function read(meanwhile: () => unknown, signal = new AbortController().signal): Promise<number> {
  let stored = 0
  const bodies = {
    async store(content: AsyncIterable<Uint8Array>) {
      for await (const { length } of content) {
        if (stored === 0) await meanwhile()
        stored += length
      }
      return { key: 'letters/1', sha256: '', length: 1, expandedLength: stored }
    },
  } as unknown as LargeBodies
  const terminal = { note: (line: string) => void notes.push(line) } as Terminal
  await readBody(file, { bodies, terminal, signal })
  return stored
}

it.each([
  ['cut', () => truncate(file, 2_000_000)],
  ['emptied', () => truncate(file, 0)],
  ['added to', () => appendFile(file, 'y')],
  ['overwritten', () => writeFile(file, 'y'.repeat(whole.length))],
])('refuses a file that is %s while it is read', async (_, meanwhile) => {
  await expect(read(meanwhile)).rejects.toThrow(
    `--body-file: ${file} was changed while it was read, so nothing was sent`,
  )
})

it('reads a file to its end that another takes the place of', async () => {
  await writeFile(`${file}.new`, 'new')
  expect(await read(() => rename(`${file}.new`, file))).toBe(whole.length)
})

it('says that nothing was sent when it is stopped', async () => {
  const stop = new AbortController()
  await expect(read(() => stop.abort(), stop.signal)).rejects.toThrow()
  expect(notes).toEqual(['Stopped; nothing was sent.'])
})
