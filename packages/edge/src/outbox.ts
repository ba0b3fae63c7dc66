import { CausewayError } from '@causeway-aws/auth'
import type { Send } from './gather.ts'
import type { Message } from './message.ts'

/** A processor sent a message after it had ended, when a failure could not fail the received message any more. */
export class LateSendError extends CausewayError {
  constructor() {
    super('A message was sent after its processor had ended; let the processor wait for what leads to the send.', {
      code: 'LateSendError',
    })
  }
}

/**
 * Runs something that sends, and resolves when it has ended and everything it sent was accepted, whether it waited for
 * that or not. Rejects with what it threw or else with what the first failed send threw, once all sends are settled.
 * `onLate` is told of a send that comes after the end; that send is refused.
 */
export async function settlingSends(
  outgoing: Send,
  run: (send: Send) => Promise<void>,
  onLate: (error: LateSendError) => void,
): Promise<void> {
  const started: Promise<void>[] = []
  const thrown: unknown[] = []
  let ended = false

  async function start(target: string, message: Message): Promise<void> {
    if (!ended) return outgoing(target, message)
    const late = new LateSendError()
    onLate(late)
    throw late
  }

  function send(target: string, message: Message): Promise<void> {
    const sent = start(target, message)
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
