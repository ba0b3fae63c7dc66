import { type Message, MessageError } from '../message.ts'

/** @throws {MessageError} when the message's body is not JSON. */
export function parseBody({ body }: Message): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // V8's own sentence quotes the body.
    throw new MessageError('its body is not JSON')
  }
}
