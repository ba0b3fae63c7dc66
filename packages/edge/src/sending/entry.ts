import { type Failure, requestFailure } from '../failure.ts'
import type { BodySource, LargeBodies } from '../large-bodies/large-bodies.ts'
import type { BodyReference } from '../large-bodies/reference.ts'
import { isFifo } from '../queue.ts'
import { untilAborted } from '../until-aborted.ts'
import { faultOf, type Message, MessageError } from '../wire/message.ts'
import { encodeMessage, type WireMessage, wireBytes } from '../wire/wire.ts'

/** A message on its way. */
export interface Entry {
  readonly trackingId: string
  readonly groupId: string
  /** The message and its body, as long as that has to be stored with the edge's before the message can be encoded. */
  unstored: Unstored | undefined
  /** Missing where the message is not encoded yet, or could not be. */
  wire: WireMessage | undefined
  bytes: number
  attempts: number
  /** When the first of them began. */
  since: number | undefined
  /** What its last attempt came to, or the one of encoding it; nothing when it was accepted or not tried yet. */
  failure: Failure | undefined
}

interface Unstored {
  readonly message: Message
  readonly bodyOf: (signal: AbortSignal | undefined) => BodySource
}

/** What a message is encoded for. */
export interface EntrySettings {
  readonly queueUrl: string
  readonly maxBytes: number
  readonly compressOver?: number | undefined
  readonly largeBodies?: LargeBodies | undefined
  readonly bodiesFrom?: LargeBodies | undefined
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
      since: undefined,
      failure: undefined,
    }
    try {
      // A FIFO queue would accept the second one, and drop it without a word.
      if (seen.has(trackingId)) throw new MessageError('an earlier message of the same send has its tracking id')
      seen.add(trackingId)
      prepare(entry, message, settings, large)
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      entry.failure = { reason: error.fault, retryable: false, ofMessage: true }
    }
    return entry
  })
}

/** Stores the body of an entry that has to be, which then can be sent, or says in the entry why it was not. */
export async function storeBody(entry: Entry, settings: EntrySettings, signal: AbortSignal | undefined): Promise<void> {
  const { unstored } = entry
  if (!unstored || !settings.largeBodies) return
  try {
    const { message, bodyOf } = unstored
    const bodyReference = await untilAborted(settings.largeBodies.store(bodyOf(signal), { signal }), signal)
    encode(entry, { ...message, body: '', bodyReference }, settings)
    entry.unstored = undefined
  } catch (error) {
    entry.attempts += 1
    const aborted = { reason: 'the send was aborted while its body was stored', retryable: true, cause: error }
    entry.failure = signal?.aborted ? aborted : requestFailure(error)
  }
}

/** Encodes a message, or leaves it to `storeBody`. */
function prepare(entry: Entry, message: Message, settings: EntrySettings, large: boolean): void {
  const { largeBodies, bodiesFrom, maxBytes } = settings
  const { bodyReference, ...asText } = message
  const isStored = bodyReference !== undefined && largeBodies?.holds(bodyReference) === true
  if (bodyReference && !isStored && asText.body === '') {
    if (!largeBodies || !bodiesFrom?.holds(bodyReference)) throw new MessageError(elsewhere(bodyReference))
    leave(entry, { message, bodyOf: (signal) => bodiesFrom.stream(bodyReference, { signal }) })
    return
  }
  const placed = isStored ? message : asText
  if (largeBodies && !isStored) {
    if (large || !isSendable(entry, placed, settings)) leave(entry, { message: placed, bodyOf: () => placed.body })
    return
  }
  encode(entry, placed, settings)
  if (entry.bytes > maxBytes) throw new MessageError(`its ${entry.bytes} bytes are over the limit of ${maxBytes}`)
}

/** Whether a message can go as it is: not over the limit, and not with a character that SQS refuses. */
function isSendable(entry: Entry, message: Message, settings: EntrySettings): boolean {
  try {
    encode(entry, message, settings)
    return entry.bytes <= settings.maxBytes
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    return false
  }
}

/** Leaves a message to `storeBody`, if all else about it is as it has to be. */
function leave(entry: Entry, unstored: Unstored): void {
  const fault = faultOf(unstored.message)
  if (fault !== undefined) throw new MessageError(fault)
  entry.wire = undefined
  entry.unstored = unstored
}

const elsewhere = ({ expandedLength }: BodyReference): string =>
  `its body of ${expandedLength} bytes is in S3, but not where this edge has its own: read it with bodyStream and store it there`

function encode(entry: Entry, message: Message, { queueUrl, compressOver }: EntrySettings): void {
  entry.wire = encodeMessage(message, { fifo: isFifo(queueUrl), compressOver })
  entry.bytes = wireBytes(entry.wire)
}
