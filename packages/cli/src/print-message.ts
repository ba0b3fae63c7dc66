import type { Message as ReceivedMessage } from '@aws-sdk/client-sqs'
import type { Message } from '@causeway-aws/edge'
import type { Terminal } from './terminal.ts'
import { visible } from './visible.ts'

/** Why a message is among the dead letters. */
export interface Death {
  reason: string
  attempts: number
  failedAt: string | undefined
}

interface Known {
  death?: Death | undefined
  /** Where its body was saved. */
  file?: string
}

/** One message as a line: what it is on the left, its body last, since that has any length. Of a dead letter, why, too. */
export function printMessage(
  message: Message,
  json: boolean | undefined,
  { print, paint }: Terminal,
  { death, file }: Known = {},
): void {
  if (json) {
    const { body, ...rest } = message
    print(JSON.stringify({ ...(file === undefined ? message : { ...rest, file }), ...death }))
    return
  }
  const { trackingId, type, groupId } = message
  const shown = file === undefined ? shownBody(message) : `saved as ${file}`
  print(`${paint('dim', trackingId)}  ${type}  ${groupId}  ${visible(shown)}`)
  if (!death) return
  const { attempts, reason } = death
  print(
    `    ${paint('red', 'given up')} after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${visible(reason)}`,
  )
}

/** How much of a body whoever sent it is shown. */
const shownOfSent = 1_000

/** A message that was sent, as `printMessage` does it, but not all of a body that would fill the screen. */
export function printSent(message: Message, json: boolean | undefined, terminal: Terminal): void {
  const { body } = message
  const isLong = !json && body.length > shownOfSent
  const cut = `${body.slice(0, shownOfSent).toWellFormed()}… (${body.length.toLocaleString('en')} characters)`
  printMessage(isLong ? { ...message, body: cut } : message, json, terminal)
}

/** A message that cannot be read, as SQS has it and in its names, since none of its own can be relied on; and why. */
export function printUnreadable(
  { MessageId, Body, Attributes, MessageAttributes = {} }: ReceivedMessage,
  unreadable: string,
  { print }: Terminal,
): void {
  const attributes = Object.entries(MessageAttributes).map(([name, { DataType, StringValue, BinaryValue }]) => {
    return [name, { DataType, StringValue, BinaryValue: BinaryValue && Buffer.from(BinaryValue).toString('base64') }]
  })
  print(JSON.stringify({ unreadable, MessageId, Body, Attributes, MessageAttributes: Object.fromEntries(attributes) }))
}

function shownBody({ body, bodyReference }: Message): string {
  if (!bodyReference || body !== '') return body
  return `${bodyReference.expandedLength.toLocaleString('en')} bytes in S3, ${bodyReference.key}`
}
