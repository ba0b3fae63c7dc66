import { createHash } from 'node:crypto'
import { addAbortSignal } from 'node:stream'
import { type BodyReference, type LargeBodies, LargeBodyError } from '@causeway-aws/edge'
import { createCollecting } from '../collecting.ts'
import { UsageError } from '../exit.ts'
import { openInput, watchChange } from '../input-file.ts'
import type { Terminal } from '../terminal.ts'
import { utf8Check } from '../utf8-check.ts'
import { createProgress } from './progress.ts'

/** A message's body, or where it was stored, and the SHA-256 of its bytes. */
export type FileBody = { sha256: string } & ({ body: string } | { bodyReference: BodyReference })

interface Reading {
  bodies: LargeBodies | undefined
  terminal: Terminal
  signal: AbortSignal
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html ("Message size")
export const maxSqsBytes = 1_048_576

/** What was read of a file is neither what it was nor what it is. */
class FileChanged extends Error {
  constructor(name: string) {
    super(`--body-file: ${name} was changed while it was read, so nothing was sent. Send it when nobody writes to it.`)
  }
}

/** The content of a file (`-`: standard input) as a body. What is over SQS's limit, or no text, is stored in S3 as it is read. */
export async function readBody(file: string, { bodies, terminal, signal }: Reading): Promise<FileBody> {
  const input = addAbortSignal(signal, await openInput('--body-file', file))
  const isChanged = await watchChange(file)
  const hash = createHash('sha256')
  const utf8 = utf8Check()
  const progress = createProgress(terminal)
  const collecting = createCollecting()
  const name = file === '-' ? 'standard input' : file
  let length = 0

  async function* content(): AsyncGenerator<Uint8Array> {
    for await (const bytes of input) {
      hash.update(bytes)
      length += bytes.length
      utf8.add(bytes)
      yield bytes
      collecting(bytes.length)
      progress(() => `${length.toLocaleString('en')} bytes read`)
    }
    if (await isChanged()) throw new FileChanged(name)
  }

  try {
    const bytes = content()
    const head: Uint8Array[] = []
    let end = false
    while (!end && length <= maxSqsBytes) {
      const { done, value } = await bytes.next()
      if (done) end = true
      else head.push(value)
    }
    if (length === 0) throw new UsageError(`--body-file: ${name} is empty, and a body is not.`)
    if (end && utf8.isText()) return { body: Buffer.concat(head).toString(), sha256: hash.digest('hex') }
    if (!bodies) throw new UsageError(`--body-file: ${name} ${end ? noText : tooLarge}.`)
    const bodyReference = await bodies.store(all(head, bytes), { signal })
    if (!utf8.isText())
      terminal.note(`${name} is not text in UTF-8: its receiver has to take it as bytes (bodyStream).`)
    return { bodyReference, sha256: hash.digest('hex') }
  } catch (error) {
    if (signal.aborted) terminal.note('Stopped; nothing was sent.')
    throw error instanceof LargeBodyError && error.cause instanceof FileChanged ? error.cause : error
  } finally {
    input.destroy()
  }
}

export const tooLarge: string = `is over the ${maxSqsBytes.toLocaleString('en')} bytes that SQS takes; name the edge's bucket for such bodies: --bodies-bucket NAME`

const noText =
  "is not text in UTF-8, which is all that SQS takes; send it as base64, or have it stored in the edge's bucket: --bodies-bucket NAME"

async function* all(head: Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let part = head.shift(); part; part = head.shift()) yield part
  yield* rest
}
