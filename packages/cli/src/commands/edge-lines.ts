import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../exit.ts'
import { openInput } from '../input-file.ts'

/** A line with text, and its number in the file, from 1. */
export interface Line {
  number: number
  text: string
}

/** How many lines are held in memory and sent together, and how long the first of them waits for more. */
const chunk = { size: 500, milliseconds: 200 }

/** The lines of a file (`-`: standard input) that are not empty, from a line on, in chunks. */
export async function* readLines(file: string, from: number, signal: AbortSignal): AsyncGenerator<Line[]> {
  const input = await openInput('--lines', file)
  try {
    yield* chunksOf(linesOf(input, from, signal))
  } finally {
    input.destroy() // or the process would not end before standard input does
  }
}

async function* linesOf(input: Readable, from: number, signal: AbortSignal): AsyncGenerator<Line> {
  let number = 0
  input.setEncoding('latin1') // a character for each byte, so that a line can be decoded by itself
  for await (const bytes of createInterface({ input, signal, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (bytes !== '' && number >= from) yield { number, text: decoded(Buffer.from(bytes, 'latin1'), number) }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decoded(bytes: Buffer, line: number): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new UsageError(`--lines: line ${line} is not text in UTF-8.`)
  }
}

/** Lines come as fast as a file is read, or as slowly as a person types. */
async function* chunksOf(items: AsyncIterable<Line>): AsyncGenerator<Line[]> {
  const iterator = items[Symbol.asyncIterator]()
  let next = iterator.next()
  let gathered: Line[] = []
  let late: Promise<'late'> | undefined
  for (;;) {
    const result = await (late ? Promise.race([next, late]) : next)
    if (result !== 'late') {
      if (result.done) break
      gathered.push(result.value)
      next = iterator.next()
      late ??= sleep(chunk.milliseconds, 'late' as const, { ref: false })
    }
    if (result === 'late' || gathered.length === chunk.size) {
      yield gathered
      gathered = []
      late = undefined
    }
  }
  if (gathered.length > 0) yield gathered
}
