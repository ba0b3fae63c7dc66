import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
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

/** How many lines are held in memory and sent together: many batches of ten side by side. */
const chunkSize = 500

/** Sends one body or a file's lines, and prints each message once it is accepted. */
export async function sendMessages({ client, queueUrl, terminal, signal, json, ...what }: SendOptions): Promise<void> {
  const edge = createEdge({ queueUrl, client })
  let accepted = 0
  for await (const bodies of chunksOf(bodiesOf(what), chunkSize)) {
    const messages = bodies.map((body) =>
      createMessage({ body, type: what.type, ...(what.group && { groupId: what.group }) }),
    )
    const failure = await edge.send(messages).then(() => undefined, sendErrorOnly)
    const notAccepted = new Set(failure?.notAccepted.map(({ trackingId }) => trackingId))
    for (const message of messages) if (!notAccepted.has(message.trackingId)) printMessage(message, json, terminal)
    if (failure) throw failure
    signal.throwIfAborted()
    accepted += messages.length
    if (what.lines !== undefined && process.stderr.isTTY) terminal.note(`${accepted} messages accepted`)
  }
  if (accepted === 0) throw new UsageError(`edge send: ${what.lines} has no line with text, so nothing was sent.`)
}

async function* bodiesOf({ body, lines }: Pick<SendOptions, 'body' | 'lines'>): AsyncGenerator<string> {
  if (body !== undefined) return yield body
  const input =
    lines === '-' ? process.stdin : await open(lines ?? '').then((file) => file.createReadStream(), notReadable)
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield line
  }
}

async function* chunksOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = []
  for await (const item of items) {
    if (chunk.push(item) < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/** Only this one says which messages were accepted all the same. */
function sendErrorOnly(error: unknown): EdgeSendError {
  if (error instanceof EdgeSendError) return error
  throw error
}

function notReadable(error: NodeJS.ErrnoException): never {
  throw new UsageError(`--lines: ${error.path} cannot be read (${error.code}).`)
}
