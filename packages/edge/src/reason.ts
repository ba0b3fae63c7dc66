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
  if (thrown instanceof Error) {
    return { reason: `${thrown.name}: ${without(body, String(thrown.message))}`, stack: framesOf(thrown) }
  }
  if (typeof thrown === 'string') return { reason: without(body, thrown) }
  return { reason: `the processor threw no error but a value of type ${typeof thrown}` }
}

function without(body: string, text: string): string {
  // V8 quotes the text that JSON.parse could not read: Unexpected token 'h', "hello" is not valid JSON
  if (text.endsWith(' is not valid JSON')) return 'the text is not valid JSON'
  return text.replaceAll(body, '[body]')
}

/** The stack without the message, which V8 repeats in it. */
function framesOf({ message, stack }: Error): string {
  return String(stack)
    .replace(String(message), () => '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n')
}
