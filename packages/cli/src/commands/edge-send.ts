import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, createMessage, EdgeSendError } from '@causeway-aws/edge'
import { UsageError } from '../exit.ts'
import { printMessage } from '../print-message.ts'
import type { Terminal } from '../terminal.ts'

export interface SendOptions {
  client: SQSClient
  queueUrl: string
  /** One message; or `lines`, a file with a message per line (`-`: standard input). */
  body: string | undefined
  lines?: string
  type: string
  group?: string
  json?: boolean
  terminal: Terminal
  signal: AbortSignal
}

/** How many lines are held in memory and sent together, and how long the first of them waits for more. */
const chunk = { size: 500, milliseconds: 200 }

/** Sends one body or a file's lines, and prints each message once it is accepted. */
export async function sendMessages({ client, queueUrl, terminal, signal, json, ...what }: SendOptions): Promise<void> {
  const edge = createEdge({ queueUrl, client })
  let accepted = 0
  for await (const bodies of chunksOf(bodiesOf(what, signal))) {
    const messages = bodies.map((body) =>
      createMessage({ body, type: what.type, ...(what.group && { groupId: what.group }) }),
    )
    const failure = await edge.send(messages, { signal }).then(() => undefined, sendErrorOnly)
    const notAccepted = new Set(failure?.notAccepted.map(({ trackingId }) => trackingId))
    for (const message of messages) if (!notAccepted.has(message.trackingId)) printMessage(message, json, terminal)
    if (failure) throw failure
    accepted += messages.length
    if (what.lines !== undefined && process.stderr.isTTY) terminal.note(`${accepted} messages accepted`)
  }
  if (accepted === 0 && !signal.aborted) {
    throw new UsageError(`edge send: ${what.lines} has no line with text, so nothing was sent.`)
  }
}

async function* bodiesOf(
  { body, lines }: Pick<SendOptions, 'body' | 'lines'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (body !== undefined) return yield body
  const input =
    lines === '-' ? process.stdin : await open(lines ?? '').then((file) => file.createReadStream(), notReadable)
  let number = 0
  for await (const line of createInterface({ input, signal, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    // What the decoder puts in the place of bytes that are not UTF-8.
    if (line.includes('\uFFFD'))
      throw new UsageError(`--lines: line ${number} is not text in UTF-8. The lines before it may have been sent.`)
    if (line !== '') yield line
  }
}

/** Lines come as fast as a file is read, or as slowly as a person types. */
async function* chunksOf(items: AsyncIterable<string>): AsyncGenerator<string[]> {
  const iterator = items[Symbol.asyncIterator]()
  let next = iterator.next()
  let gathered: string[] = []
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

/** Only this one says which messages were accepted all the same. */
function sendErrorOnly(error: unknown): EdgeSendError {
  if (error instanceof EdgeSendError) return error
  throw error
}

function notReadable(error: NodeJS.ErrnoException): never {
  throw new UsageError(`--lines: ${error.path} cannot be read (${error.code}).`)
}
