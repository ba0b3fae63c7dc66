import { type Failure, requestFailure } from './failure.ts'
import type { LargeBodies } from './large-bodies/large-bodies.ts'
import { faultOf, type Message, MessageError } from './message.ts'
import { isFifo } from './queue.ts'
import { untilAborted } from './until-aborted.ts'
import { encodeMessage, type WireMessage, wireBytes } from './wire.ts'

/** A message on its way. */
export interface Entry {
  readonly trackingId: string
  readonly groupId: string
  /** The message, as long as its body has to be stored in S3 before it can be encoded. */
  unstored: Message | undefined
  /** Missing where the message is not encoded yet, or could not be. */
  wire: WireMessage | undefined
  bytes: number
  attempts: number
  /** What its last attempt came to, or the one of encoding it; nothing when it was accepted or not tried yet. */
  failure: Failure | undefined
}

/** What a message is encoded for. */
export interface EntrySettings {
  readonly queueUrl: string
  readonly maxBytes: number
  readonly compressOver?: number | undefined
  readonly largeBodies?: LargeBodies | undefined
}

/** The entries of a send: `large` when all bodies go to S3. What cannot be sent has its failure from the start. */
export function entriesOf(messages: readonly Message[], settings: EntrySettings, large: boolean): Entry[] {
  const seen = new Set<string>()
  return messages.map((message) => {
    const { trackingId, groupId } = message
    const entry: Entry = {
      trackingId,
      groupId,
      unstored: undefined,
      wire: undefined,
      bytes: 0,
      attempts: 0,
      failure: undefined,
    }
    try {
      // A FIFO queue would accept the second one, and drop it without a word.
      if (seen.has(trackingId)) throw new MessageError('an earlier message of the same send has its tracking id')
      seen.add(trackingId)
      prepare(entry, message.bodyReference ? placed(message, settings) : message, settings, large)
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      entry.failure = { reason: error.fault, retryable: false }
    }
    return entry
  })
}

/** Stores the body of an entry that has to be, which then can be sent, or says in the entry why it was not. */
export async function storeBody(entry: Entry, settings: EntrySettings, signal: AbortSignal | undefined): Promise<void> {
  const { unstored } = entry
  if (!unstored || !settings.largeBodies) return
  try {
    const bodyReference = await untilAborted(settings.largeBodies.store(unstored.body, { signal }), signal)
    encode(entry, { ...unstored, body: '', bodyReference }, settings)
    entry.unstored = undefined
  } catch (error) {
    entry.attempts += 1
    const aborted = { reason: 'the send was aborted while its body was stored', retryable: true, cause: error }
    entry.failure = signal?.aborted ? aborted : requestFailure(error)
  }
}

function prepare(entry: Entry, message: Message, settings: EntrySettings, large: boolean): void {
  const { largeBodies, maxBytes } = settings
  const storable = largeBodies !== undefined && message.bodyReference === undefined
  if (!large || !storable) encode(entry, message, settings)
  if (storable && (large || entry.bytes > maxBytes)) {
    const fault = faultOf(message)
    if (fault !== undefined) throw new MessageError(fault)
    entry.wire = undefined
    entry.unstored = message
  } else if (entry.bytes > maxBytes) {
    throw new MessageError(`its ${entry.bytes} bytes are over the limit of ${maxBytes}`)
  }
}

function encode(entry: Entry, message: Message, { queueUrl, compressOver }: EntrySettings): void {
  entry.wire = encodeMessage(message, { fifo: isFifo(queueUrl), compressOver })
  entry.bytes = wireBytes(entry.wire)
}

/** A message whose body is in S3, as it can go to this edge: with its reference where the edge's bodies are, else as text. */
function placed(message: Message, { largeBodies }: EntrySettings): Message {
  const { bodyReference, ...rest } = message
  if (bodyReference === undefined || largeBodies?.holds(bodyReference)) return message
  if (rest.body !== '') return rest
  throw new MessageError(
    `its body of ${bodyReference.expandedLength} bytes is in S3, but not where this edge has its own: read it with bodyStream and store it there`,
  )
}
