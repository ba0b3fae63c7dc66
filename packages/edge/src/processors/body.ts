import { type Message, MessageError } from '../wire/message.ts'

/** @throws {MessageError} when the message's body was too large to be read. */
export function textOf({ body, bodyReference }: Message): string {
  if (body !== '' || !bodyReference) return body
  throw new MessageError(`its body of ${bodyReference.expandedLength} bytes is too large for its route's processor`)
}

/** @throws {MessageError} when the message's body is not JSON. */
export function parseBody(message: Message): unknown {
  const text = textOf(message)
  try {
    return JSON.parse(text)
  } catch {
    // V8's own sentence quotes the body.
    throw new MessageError('its body is not JSON')
  }
}
