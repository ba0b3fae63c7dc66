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

/** How long, in milliseconds, the first line of a chunk waits for more. */
const patience = 200

/** Which lines of a file are read, and how many of them are held in memory and sent together. */
interface Reading {
  from: number
  size: number
  signal: AbortSignal
}

/** The lines of a file (`-`: standard input) that are not empty, in chunks. */
export async function* readLines(file: string, { from, size, signal }: Reading): AsyncGenerator<Line[]> {
  const input = await openInput('--lines', file)
  try {
    yield* chunksOf(linesOf(input, from, signal), size)
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
async function* chunksOf(items: AsyncIterable<Line>, size: number): AsyncGenerator<Line[]> {
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
      late ??= sleep(patience, 'late' as const, { ref: false })
    }
    if (result === 'late' || gathered.length === size) {
      yield gathered
      gathered = []
      late = undefined
    }
  }
  if (gathered.length > 0) yield gathered
}
