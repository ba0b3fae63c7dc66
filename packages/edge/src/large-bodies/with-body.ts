import { type Message, MessageError } from '../wire/message.ts'
import type { LargeBodies } from './large-bodies.ts'

/** How a node takes bodies that are in S3. */
export interface WithBodyOptions {
  /** A body of more than `maxInlineBytes` bytes is left to `bodyStream`, and is '' in the message. Default: false. */
  readonly streamBodies?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The message with its body, read from S3 where it is there. One that is too large to be text is left there if the node
 * reads it with `bodyStream`.
 *
 * @throws {MessageError} when the node has no large bodies, or the body is too large.
 * @throws {LargeBodyError} when it cannot be read.
 *
 * @example
 * ```ts
 * import { decodeMessage, type LargeBodies, type Message, withBody } from '@causeway-aws/edge'
 * import type { SQSRecord } from 'aws-lambda'
 *
 * export function read(record: SQSRecord, bodies: LargeBodies): Promise<Message> {
 *   return withBody(decodeMessage(record), bodies)
 * }
 * ```
 */
export async function withBody(
  message: Message,
  largeBodies: LargeBodies | undefined,
  { streamBodies = false, signal }: WithBodyOptions = {},
): Promise<Message> {
  const { bodyReference } = message
  if (bodyReference === undefined) return message
  if (largeBodies === undefined) {
    throw new MessageError('its body is in S3, and this node has no large bodies to read it from')
  }
  // Where it is looked for is where it is, for a message that goes on with it.
  const found = { ...message, bodyReference: { ...bodyReference, bucket: largeBodies.bucket } }
  const { expandedLength } = bodyReference
  if (expandedLength <= largeBodies.maxInlineBytes) {
    return { ...found, body: await largeBodies.read(bodyReference, { signal }) }
  }
  if (streamBodies) return found
  throw new MessageError(
    `its body of ${expandedLength} bytes is over the ${largeBodies.maxInlineBytes} that this node reads as text, and it streams none`,
  )
}

/**
 * The bytes of a message's body, wherever it is: as they come from S3, or those of its text.
 *
 * @throws {MessageError} when it is in S3 and the node has no large bodies. What is streamed throws {@link LargeBodyError}.
 *
 * @example
 * ```ts
 * import { createWriteStream } from 'node:fs'
 * import { pipeline } from 'node:stream/promises'
 * import { bodyStream, type LargeBodies, type Message } from '@causeway-aws/edge'
 *
 * export async function save(message: Message, bodies: LargeBodies, file: string): Promise<void> {
 *   await pipeline(bodyStream(message, bodies), createWriteStream(file))
 * }
 * ```
 */
export async function* bodyStream(
  { body, bodyReference }: Message,
  largeBodies: LargeBodies | undefined,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array> {
  if (bodyReference === undefined) yield Buffer.from(body)
  else if (largeBodies) yield* largeBodies.stream(bodyReference, { signal })
  else throw new MessageError('its body is in S3, and this node has no large bodies to read it from')
}
