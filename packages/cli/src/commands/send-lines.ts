import { type Edge, EdgeSendError, type Message } from '@causeway-aws/edge'
import { mindTheQueue } from '../edge-queue.ts'
import { UsageError } from '../exit.ts'
import { printSent } from '../print-message.ts'
import type { Terminal } from '../terminal.ts'
import { type Line, readLines } from './edge-lines.ts'
import { printNotAccepted } from './lines-not-accepted.ts'
import { createProgress } from './progress.ts'

interface LinesOptions {
  edge: Edge
  fromLine: number
  messageOf: (body: string, line: number) => Message
  /** What the tracking ids follow from. */
  name: string
  /** Whether nobody knows that name yet. */
  isNew: boolean
  /** Whether a line is accepted only after the one before, as those of one group are. */
  inOrder: boolean
  /** Whether every body is stored in S3. */
  large: boolean
  json: boolean | undefined
  terminal: Terminal
  signal: AbortSignal
}

/**
 * Sends a message for each line of a file, and prints each once it is accepted. However it is cut, it says how to go on:
 * from the first line that was not accepted for certain, under the same tracking ids, so that what was accepted behind it
 * takes effect once.
 */
export async function sendLines(file: string, options: LinesOptions): Promise<void> {
  const { edge, fromLine, name, isNew, inOrder, large, json, terminal, signal } = options
  const progress = createProgress(terminal)
  // Those that go one by one would only be silent together.
  const size = inOrder ? 1 : 500
  let accepted = 0
  /** The first line that may have to be sent again. */
  let next = fromLine
  let isCut = false
  const messages = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'message' : 'messages'}`
  const soFar = () => `${messages(accepted)} accepted`
  const goOn = () =>
    `To go on, add to the same command${file === '-' ? ', with the same input' : ''}: --tracking-ids ${name} --from-line ${next}`

  async function send(lines: Line[]): Promise<void> {
    const sent = lines.map(({ number, text }) => ({ line: number, message: options.messageOf(text, number) }))
    const failure = await edge
      .send(
        sent.map(({ message }) => message),
        { signal, large },
      )
      .then(() => undefined, sendErrorOnly)
    const failed = new Set(failure?.notAccepted.map(({ trackingId }) => trackingId))
    for (const { message } of sent) if (!failed.has(message.trackingId)) printSent(message, json, terminal)
    accepted += sent.length - failed.size
    const last = sent.at(-1)?.line ?? next
    next = sent.find(({ message }) => failed.has(message.trackingId))?.line ?? last + 1
    if (!failure) return
    isCut = true
    if (json || !signal.aborted) {
      const byLine = sent.map(({ line, message: { trackingId } }) => ({ line, trackingId }))
      printNotAccepted(byLine, failure, json, terminal)
    }
    const advice = failure.retryable ? '' : isNoQueue(failure) ? `${mindTheQueue} ` : 'See to the reasons first. '
    throw new Error(
      `${failure.queueUrl} did not accept ${failed.size} of the lines up to ${last}, and no line after ${last} was sent; ${soFar()}. ${advice}${goOn()}`,
      { cause: failure },
    )
  }

  try {
    for await (const lines of readLines(file, { from: fromLine, size, signal })) {
      // Before anything is sent: a process that is killed says nothing more.
      if (isNew && accepted === 0) terminal.note(`The tracking ids are those of --tracking-ids ${name}`)
      await send(lines)
      progress(soFar)
    }
    signal.throwIfAborted() // the lines may have ended by that
  } catch (error) {
    if (signal.aborted)
      terminal.note(`Stopped: ${soFar()}${isCut ? ', and what was on its way may be, too' : ''}. ${goOn()}`)
    // Of the file, in the middle of which nobody would know how far it was sent.
    if (!(error instanceof UsageError) || accepted === 0) throw error
    throw new Error(`${error.message} The lines before ${next} were accepted. ${goOn()}`, { cause: error })
  }
  if (accepted > 0 && process.stderr.isTTY) terminal.note(soFar())
  if (accepted === 0) {
    const where = fromLine === 1 ? '' : ` from line ${fromLine} on`
    throw new UsageError(`edge send: ${file} has no line with text${where}, so nothing was sent.`)
  }
}

/** Whether a send failed since there is no such queue. */
export const isNoQueue = ({ cause }: EdgeSendError): boolean =>
  cause instanceof Error && cause.name === 'QueueDoesNotExist'

/** Only this one says which messages were accepted all the same. */
function sendErrorOnly(error: unknown): EdgeSendError {
  if (error instanceof EdgeSendError) return error
  throw error
}
