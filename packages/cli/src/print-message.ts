import type { Message } from '@causeway-aws/edge'
import type { Terminal } from './terminal.ts'

/** Why a message is among the dead letters. */
export interface Death {
  reason: string
  attempts: number
  failedAt: string | undefined
}

/** One message as a line: what it is on the left, its body last, since that has any length. Of a dead letter, why, too. */
export function printMessage(
  message: Message,
  json: boolean | undefined,
  { print, paint }: Terminal,
  death?: Death,
): void {
  const { trackingId, type, groupId, body, bodyReference } = message
  const shown = bodyReference
    ? `${bodyReference.expandedLength.toLocaleString('en')} bytes in S3, ${bodyReference.key}`
    : body
  print(
    json
      ? JSON.stringify({ ...message, ...death })
      : `${paint('dim', trackingId)}  ${type}  ${groupId}  ${visible(shown)}`,
  )
  if (death && !json)
    print(`    ${paint('red', 'given up')} after ${death.attempts} attempts: ${visible(death.reason)}`)
}

/** A body is a partner's text: it may not end the line, move the cursor or turn the writing round. */
export const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
