import { hash, randomUUID } from 'node:crypto'
import { CausewayError } from '@causeway-aws/auth'
import { type BodyReference, referenceFaultOf } from '../large-bodies/reference.ts'

/** What travels on an edge. `createMessage` and `childOf` make them; `encodeMessage` puts them on the wire. */
export interface Message {
  /**
   * 1 character or more. What it means is between the sender and the receiver of this type. Of a message with a
   * `bodyReference` it may be '': it is in S3, and was not read from there.
   */
  readonly body: string
  /** Where the body is, when it was too large for the queue. */
  readonly bodyReference?: BodyReference | undefined
  /** Which processor the receiver runs: 1 to 256 visible characters. */
  readonly type: string
  /** Names this message in every log: 32 lowercase hex digits. */
  readonly trackingId: string
  /** The tracking ids of the messages that this one came from, oldest first. The wire keeps the last 64. */
  readonly previousTrackingIds: readonly string[]
  /** Messages of one group keep their order on a FIFO edge: 1 to 128 printable ASCII characters, no space. */
  readonly groupId: string
}

/** A message is not what it has to be, on the wire or when it was to be sent. It fails alone. */
export class MessageError extends CausewayError {
  /** What is wrong: `its body is ...`. */
  readonly fault: string

  constructor(fault: string) {
    super(`The message cannot be sent or read: ${fault}.`, { code: 'MessageError' })
    this.fault = fault
  }
}

/** How many previous tracking ids travel with a message: 64 of them take 2,241 bytes. */
export const maxPreviousTrackingIds = 64

/** Looked for in every message: `^[0-9a-f]{32}$` takes V8 three times as long. */
const notOfTrackingId = /[^0-9a-f]/
const visible = /^\P{C}{1,256}$/u
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html ("Message group ID")
const group = /^[!-~]{1,128}$/

/**
 * What is wrong with a message, or `undefined`. It never quotes the message: parts of it are a stranger's.
 * Written out rather than as a schema because it runs for every message that is received, where a valibot object of
 * these five costs as much as all the rest of `receive` together.
 */
export function faultOf(message: Message): string | undefined {
  if (!isTrackingId(message.trackingId)) return 'its tracking id is not 32 lowercase hex digits'
  if (!Array.isArray(message.previousTrackingIds) || !message.previousTrackingIds.every(isTrackingId)) {
    return 'its previous tracking ids are not a list of 32 lowercase hex digits each'
  }
  if (typeof message.type !== 'string' || !visible.test(message.type)) {
    return 'its type is not 1 to 256 visible characters'
  }
  if (typeof message.groupId !== 'string' || (message.groupId !== message.trackingId && !group.test(message.groupId))) {
    return 'its group id is not 1 to 128 printable ASCII characters without a space'
  }
  if (message.bodyReference !== undefined) {
    const fault = referenceFaultOf(message.bodyReference)
    if (fault !== undefined || message.body === '') return fault
  }
  if (typeof message.body !== 'string' || message.body === '') return 'its body is not text of 1 character or more'
  if (!message.body.isWellFormed()) return 'its body has half of a surrogate pair, which UTF-8 cannot carry'
  return undefined
}

/** Whether a value has the form of a tracking id: 32 lowercase hex digits. */
export function isTrackingId(value: unknown): value is string {
  return typeof value === 'string' && value.length === 32 && !notOfTrackingId.test(value)
}

/** What a message is made of: a type, a body or where it is, and whatever else it is to have. */
export type MessageFields = Pick<Message, 'type'> &
  (Pick<Message, 'body'> | { readonly bodyReference: BodyReference }) &
  Partial<Message>

/**
 * Makes a message with a fresh tracking id. Without a `groupId` it is its own group. A body that was stored in S3 is
 * given as its `bodyReference`.
 *
 * @example
 * ```ts
 * import { createMessage, type Message } from '@causeway-aws/edge'
 *
 * export const order: Message = createMessage({ type: 'order', body: '{"id":7}', groupId: 'customer-7' })
 * ```
 */
export function createMessage(fields: MessageFields): Message {
  const trackingId = fields.trackingId ?? freshTrackingId()
  return {
    body: fields.body ?? '',
    type: fields.type,
    trackingId,
    previousTrackingIds: fields.previousTrackingIds ?? [],
    groupId: fields.groupId ?? trackingId,
    ...(fields.bodyReference && { bodyReference: fields.bodyReference }),
  }
}

/** What a message that came from another has of its own. The rest it takes from the one that it came from. */
export type Changes = Partial<Pick<Message, 'body' | 'bodyReference' | 'type' | 'groupId'>>

/**
 * Makes the message that goes to a target because of another: body, type and group id of that one where `changes` gives
 * none, and its tracking id at the end of the previous ones.
 *
 * Its own tracking id follows from all of that: a node that runs a message again sends the same messages again, and a
 * queue, or the next node, takes each of them once. It follows from the content, too, and not only from how many were
 * sent before it: else a rerun that sends in another order would give one message the id of another, and one of them
 * would be taken for a repetition, and lost. `ordinal` tells those apart that are otherwise the same: 0, 1, ...
 *
 * Of a body in S3 the content is its hash, not where it is: a rerun may store it a second time.
 *
 * @example
 * ```ts
 * import { childOf, createMessage, type Message } from '@causeway-aws/edge'
 *
 * const order = createMessage({ type: 'order', body: '{"id":7}' })
 * const invoices = 'https://sqs.eu-west-1.amazonaws.com/111111111111/invoices.fifo'
 *
 * export const invoice: Message = childOf(order, invoices, { type: 'invoice', body: '{"order":7}' })
 * ```
 */
export function childOf(parent: Message, target: string, changes: Changes = {}, ordinal = 0): Message {
  const { type = parent.type, groupId = parent.groupId } = changes
  const { body = '', bodyReference } = changes.body === undefined && !changes.bodyReference ? parent : changes
  // No field before the body can hold a line break, and no ordinal is a hash, so no two different messages are the same
  // text here.
  const content = bodyReference ? [bodyReference.sha256, ordinal, type, groupId] : [ordinal, type, groupId, body]
  const origin = [parent.trackingId, target, ...content].join('\n')
  return {
    body,
    ...(bodyReference && { bodyReference }),
    type,
    groupId,
    trackingId: hash('sha256', origin, 'hex').slice(0, 32),
    previousTrackingIds: [...parent.previousTrackingIds, parent.trackingId].slice(-maxPreviousTrackingIds),
  }
}

/** As EchoStream makes them: a version 4 UUID without its hyphens. */
function freshTrackingId(): string {
  return randomUUID().replaceAll('-', '')
}
