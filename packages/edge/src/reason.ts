import { CausewayError } from '@causeway-aws/auth'

/** What the log says about an error that a message failed with. */
export interface Reason {
  readonly reason: string
  readonly code?: string
  /** Where an error that is not one of ours was thrown. */
  readonly stack?: string
}

/** Describes whatever was thrown while a message was processed, without the message's body. */
export function reasonOf(thrown: unknown, body: string): Reason {
  if (thrown instanceof CausewayError) return { reason: thrown.message, code: thrown.code }
  if (!(thrown instanceof Error)) {
    return {
      reason:
        typeof thrown === 'string' ? without(body, thrown) : `the processor threw a value of type ${typeof thrown}`,
    }
  }
  return { reason: `${thrown.name}: ${without(body, thrown.message)}`, stack: framesOf(thrown) }
}

function without(body: string, text: string): string {
  // V8 quotes the text that JSON.parse could not read: Unexpected token 'h', "hello" is not valid JSON
  if (text.endsWith(' is not valid JSON')) return 'the text is not valid JSON'
  return text.replaceAll(body, '[body]')
}

/** The stack without its head, which repeats the message. */
function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}
