import { CausewayError } from '@causeway-aws/auth'
import type { Send } from './gather.ts'
import { type Changes, childOf, type Message } from './message.ts'
import type { ProcessorContext } from './processor.ts'

/** A processor sent a message after it had ended, when a failure could not fail the received message any more. */
export class LateSendError extends CausewayError {
  constructor() {
    super('A message was sent after its processor had ended; let the processor wait for what leads to the send.', {
      code: 'LateSendError',
    })
  }
}

/**
 * Runs what sends because of a message, and resolves when it has ended and everything it sent was accepted, whether it
 * waited for that or not. Rejects with what it threw or else with what the first failed send threw, once all sends are
 * settled. `onLate` is told of a send that comes after the end; that send is refused.
 */
export async function settlingSends(
  parent: Message,
  outgoing: Send,
  run: (send: ProcessorContext['send']) => Promise<unknown>,
  onLate: (error: LateSendError) => void,
): Promise<void> {
  const trackingIds = new Set<string>()
  const started: Promise<Message>[] = []
  const thrown: unknown[] = []
  let ended = false

  /** The next child that was not sent before: sending the same twice means two messages. */
  function nextChild(target: string, changes: Changes): Message {
    for (let ordinal = 0; ; ordinal += 1) {
      const child = childOf(parent, target, changes, ordinal)
      if (trackingIds.has(child.trackingId)) continue
      trackingIds.add(child.trackingId)
      return child
    }
  }

  async function start(target: string, changes: Changes): Promise<Message> {
    if (ended) {
      const late = new LateSendError()
      onLate(late)
      throw late
    }
    const child = nextChild(target, changes)
    await outgoing(target, child)
    return child
  }

  function send(target: string, changes: Changes = {}): Promise<Message> {
    const sent = start(target, changes)
    sent.catch(() => {}) // whoever sends need not wait
    started.push(sent)
    return sent
  }

  try {
    await run(send)
  } catch (error) {
    thrown.push(error)
  }
  // Grows while it is gone through: a send may be started when another was accepted.
  for (const sent of started) await sent.catch((error) => thrown.push(error))
  ended = true
  if (thrown.length > 0) throw thrown[0]
}
