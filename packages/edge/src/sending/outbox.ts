import { CausewayError } from '@causeway-aws/auth'
import { Discard } from '../receiving/outcome.ts'
import type { ProcessorContext } from '../receiving/processor.ts'
import { type Changes, childOf, type Message } from '../wire/message.ts'
import type { Send } from './gather.ts'

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
): Promise<undefined> {
  const sent: Promise<Message>[] = []
  /** How often the same was sent, by the tracking id of the first; made when it is needed, for most messages never. */
  let times: Map<string, number> | undefined
  let failure: { readonly error: unknown } | undefined
  let ended = false

  function send(target: string, changes: Changes = {}): Promise<Message> {
    if (ended) {
      const late = new LateSendError()
      onLate(late)
      return unheeded(Promise.reject(late))
    }
    times ??= new Map()
    // Sending the same twice means two messages. Counted, not tried out: a list may hold the same ten thousand times.
    const first = childOf(parent, target, changes)
    const ordinal = times.get(first.trackingId) ?? 0
    times.set(first.trackingId, ordinal + 1)
    const child = ordinal === 0 ? first : childOf(parent, target, changes, ordinal)
    const accepted = unheeded(outgoing(target, child).then(() => child))
    sent.push(accepted)
    return accepted
  }

  try {
    await run(send)
  } catch (error) {
    failure = { error }
  }
  // Grows while it is gone through: a send may be started when another was accepted.
  for (const accepted of sent) {
    await accepted.catch((error) => {
      // A message that is dropped is not, when what it sent was not accepted.
      if (failure === undefined || failure.error instanceof Discard) failure = { error }
    })
  }
  ended = true
  if (failure) throw failure.error
}

/** Whoever sends need not wait, and a promise that nobody waits for must not end the process. */
function unheeded<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {})
  return promise
}
