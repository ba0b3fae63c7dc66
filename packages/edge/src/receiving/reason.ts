import { CausewayError, withoutTokens } from '@causeway-aws/auth'
import type { SQSRecord } from 'aws-lambda'
import { trackingIdOf } from '../wire/decode.ts'
import { notAllowed } from '../wire/wire.ts'

/** Why a message failed, as the log, the table, a dead letter and an audit record say it. */
export interface Reason {
  /** 1 to 1,000 characters, of those that SQS allows. */
  readonly reason: string
  readonly code?: string
  /** Where an error that is not one of ours was thrown. */
  readonly stack?: string
}

/** Describes whatever was thrown while a message was processed, without the message's body and without credentials. */
export function reasonOf(thrown: unknown, body = ''): Reason {
  if (thrown instanceof CausewayError) return { reason: sayable(withoutTokens(thrown.message)), code: thrown.code }
  if (thrown instanceof Error) {
    return { reason: sayable(`${thrown.name}: ${without(body, String(thrown.message))}`), stack: framesOf(thrown) }
  }
  if (typeof thrown === 'string') return { reason: reasonText(thrown, body) }
  return { reason: `the processor threw no error but a value of type ${typeof thrown}` }
}

/** A text that is to be a reason, without the message's body and without credentials. */
export const reasonText = (text: string, body: string): string => sayable(without(body, text))

/** Why something was ended, where an error says no more than that it was. */
export function endOf(thrown: unknown, signal: AbortSignal): unknown {
  return signal.aborted && thrown instanceof Error && thrown.name === 'AbortError' ? signal.reason : thrown
}

/** What the log says about a message that failed. */
export function describe(record: SQSRecord, reason: Reason): Record<string, unknown> {
  return { messageId: record.messageId, trackingId: trackingIdOf(record), queue: record.eventSourceARN, ...reason }
}

const maxReason = 1_000

/** An error may quote what a stranger has sent: SQS refuses characters that it does not know, and no text at all. */
function sayable(text: string): string {
  const said = text.slice(0, maxReason).toWellFormed().replaceAll(new RegExp(notAllowed, 'g'), '\uFFFD')
  return said === '' ? 'no reason was given' : said
}

function without(body: string, text: string): string {
  // V8 quotes the text that JSON.parse could not read: Unexpected token 'h', "hello" is not valid JSON
  if (text.endsWith(' is not valid JSON')) return 'the text is not valid JSON'
  if (body === '') return withoutTokens(text)
  const quoted = withoutTokens(body)
  const shown = withoutTokens(text)
  return shown.replaceAll(quoted, (_, position: number) => {
    return quoted.length < shortBody && isInWord(shown, position, quoted.length) ? quoted : '[body]'
  })
}

/** A body that is shorter is part of many a word (`e`, say), so it is taken out only where it stands by itself. */
const shortBody = 8
const wordCharacter = /[\p{L}\p{N}_]/u

function isInWord(text: string, position: number, length: number): boolean {
  return wordCharacter.test(text.charAt(position - 1)) || wordCharacter.test(text.charAt(position + length))
}

/** The stack without the message, which V8 repeats in it. */
function framesOf({ message, stack }: Error): string {
  return String(stack)
    .replace(String(message), () => '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}
