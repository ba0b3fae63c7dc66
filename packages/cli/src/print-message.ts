import type { Message } from '@causeway-aws/edge'
import type { Terminal } from './terminal.ts'

/** One message as a line: what it is on the left, its body last, since that has any length. */
export function printMessage(message: Message, json: boolean | undefined, { print, paint }: Terminal): void {
  const { trackingId, type, groupId, body } = message
  print(json ? JSON.stringify(message) : `${paint('dim', trackingId)}  ${type}  ${groupId}  ${visible(body)}`)
}

/** A body is a partner's text: it may not end the line, move the cursor or turn the writing round. */
export const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
