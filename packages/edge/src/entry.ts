import type { Failure } from './failure.ts'
import { type Message, MessageError } from './message.ts'
import { encodeMessage, type WireMessage, wireBytes } from './wire.ts'

/** A message on its way. */
export interface Entry {
  readonly trackingId: string
  readonly groupId: string
  /** Missing where the message could not be encoded. */
  wire: WireMessage | undefined
  bytes: number
  attempts: number
  /** What its last attempt came to, or the one of encoding it; nothing when it was accepted or not tried yet. */
  failure: Failure | undefined
}

/** The entries of a send. What cannot be sent has its failure from the start. */
export function entriesOf(messages: readonly Message[], fifo: boolean, maxBytes: number): Entry[] {
  const seen = new Set<string>()
  return messages.map((message) => {
    const { trackingId, groupId } = message
    const entry: Entry = { trackingId, groupId, wire: undefined, bytes: 0, attempts: 0, failure: undefined }
    try {
      // A FIFO queue would accept the second one, and drop it without a word.
      if (seen.has(trackingId)) throw new MessageError('an earlier message of the same send has its tracking id')
      seen.add(trackingId)
      entry.wire = encodeMessage(message, { fifo })
      entry.bytes = wireBytes(entry.wire)
      if (entry.bytes > maxBytes) throw new MessageError(`its ${entry.bytes} bytes are over the limit of ${maxBytes}`)
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      entry.failure = { reason: error.fault, retryable: false }
    }
    return entry
  })
}
