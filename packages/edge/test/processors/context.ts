import { type Changes, childOf, createMessage, type Message, type ProcessorContext } from '../../src/index.ts'
import { keepingLogger, type LogLine } from '../records.ts'

export const one = 'https://sqs.us-east-1.amazonaws.com/222222222222/one.fifo'
export const two = 'http://127.0.0.1:4566/222222222222/two'

/** An order with this body: JSON of it, or the text itself. */
export function order(body: unknown): Message {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return createMessage({ type: 'order', body: text, groupId: 'customer-7' })
}

export interface TestContext extends ProcessorContext {
  readonly sent: { readonly target: string; readonly message: Message }[]
  readonly lines: LogLine[]
}

/** What a processor is given with a message, and what it did with it. */
export function contextOf(
  parent: Message,
  signal: ProcessorContext['signal'] = new AbortController().signal,
): TestContext {
  const sent: TestContext['sent'] = []
  const send = async (target: string, changes?: Changes) => {
    const child = childOf(parent, target, changes)
    sent.push({ target, message: child })
    return child
  }
  const logger = keepingLogger()
  const rest = { audit: () => {}, bodyStream: async function* () {} }
  return { sent, send, signal, logger, lines: logger.lines, ...rest }
}
