import { createEdge, createMessage, EdgeSendError, encodeMessage, type Message, MessageError } from '@causeway-aws/edge'
import { type EdgeFlags, openEdge } from '../edge-queue.ts'
import { UsageError } from '../exit.ts'
import { printMessage } from '../print-message.ts'
import type { Terminal } from '../terminal.ts'
import { readLines } from './edge-lines.ts'
import { createProgress } from './progress.ts'

export interface SendOptions extends EdgeFlags {
  /** One message; or `lines`, a file with a message per line (`-`: standard input). */
  body: string | undefined
  lines?: string
  type: string
  group?: string
  json?: boolean
  terminal: Terminal
  signal: AbortSignal
}

/** A message, and which line of the file it is; none when it was typed. */
interface Item {
  message: Message
  line?: number
}

/** Sends one body or a file's lines, and prints each message once it is accepted. */
export async function sendMessages({
  terminal,
  signal,
  json,
  body,
  lines,
  type,
  group,
  ...flags
}: SendOptions): Promise<void> {
  const messageOf = (body: string) => createMessage({ body, type, ...(group !== undefined && { groupId: group }) })
  refuseUnsendable(messageOf(body ?? 'a line'))
  const { client, queueUrl } = await openEdge(flags)
  const edge = createEdge({ queueUrl, client })

  const send = async (items: Item[]): Promise<void> => {
    const messages = items.map(({ message }) => message)
    const failure = await edge.send(messages, { signal }).then(() => undefined, sendErrorOnly)
    const notAccepted = new Set(failure?.notAccepted.map(({ trackingId }) => trackingId))
    for (const message of messages) if (!notAccepted.has(message.trackingId)) printMessage(message, json, terminal)
    if (failure) throw lines === undefined ? failure : linesNotAccepted(failure, items, json, terminal)
  }

  if (lines === undefined) return send([{ message: messageOf(body ?? '') }])
  let accepted = 0
  const progress = createProgress(terminal)
  const soFar = () => `${accepted.toLocaleString('en')} messages accepted`
  for await (const chunk of readLines(lines, signal)) {
    await send(chunk.map(({ number, text }) => ({ line: number, message: messageOf(text) })))
    accepted += chunk.length
    progress(soFar)
  }
  if (accepted > 0 && process.stderr.isTTY) terminal.note(soFar())
  signal.throwIfAborted() // the lines may have ended by that
  if (accepted === 0) {
    throw new UsageError(`edge send: ${lines} has no line with text, so nothing was sent.`)
  }
}

/** Refuses what was typed before anything is sent; a line of a file fails alone, with its number. */
function refuseUnsendable(message: Message): void {
  try {
    encodeMessage(message, { fifo: true })
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    const fault = error.fault.replace('its group id', '--group').replace('its type', '--type').replace('its', 'the')
    throw new UsageError(`edge send: ${fault}.`)
  }
}

/** More are for a machine to read. */
const linesShown = 10

/** Names the lines that were not accepted, and answers the sentence that follows them. */
function linesNotAccepted(failure: EdgeSendError, items: Item[], json: boolean | undefined, terminal: Terminal): Error {
  const lineOf = new Map(items.map(({ message, line }) => [message.trackingId, line]))
  const all = failure.notAccepted.map(({ trackingId, reason, retryable }) => {
    return { line: lineOf.get(trackingId), trackingId, reason, retryable }
  })
  if (json) for (const one of all) terminal.print(JSON.stringify(one))
  else {
    for (const { line, trackingId, reason } of all.slice(0, linesShown)) {
      terminal.note(`line ${line}  ${trackingId}  ${reason}`)
    }
    if (all.length > linesShown) terminal.note(`and ${all.length - linesShown} more lines; --json names them all`)
  }
  const advice = failure.retryable ? 'Send them again.' : 'See to the reasons before you send them again.'
  return new Error(
    `${failure.queueUrl} did not accept ${all.length} of the lines up to ${items.at(-1)?.line}; none after it was sent. ${advice}`,
    { cause: failure },
  )
}

/** Only this one says which messages were accepted all the same. */
function sendErrorOnly(error: unknown): EdgeSendError {
  if (error instanceof EdgeSendError) return error
  throw error
}
