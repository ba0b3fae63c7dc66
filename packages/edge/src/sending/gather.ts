import type { Message } from '../wire/message.ts'
import { EdgeSendError } from './edge-send-error.ts'
import type { Targets } from './targets.ts'

/** Sends one message to a target, and resolves when it was accepted. */
export type Send = (target: string, message: Message) => Promise<void>

/** The messages that are to go to a target at the end of this turn, by tracking id, and who waits for each. */
type Gathered = Map<string, PromiseWithResolvers<void> & { readonly message: Message }>

/**
 * Makes a `send` that gathers what is sent to a target in one turn of the event loop into one send of its edge: what
 * ten groups forward side by side is then one request instead of ten. What a turn sends of one group keeps its order.
 */
export function gathering(targets: Targets, signal: AbortSignal): Send {
  const open = new Map<string, Gathered>()

  async function flush(target: string, gathered: Gathered): Promise<void> {
    if (open.get(target) === gathered) open.delete(target)
    const waiting = [...gathered.values()]
    const messages = waiting.map(({ message }) => message)
    try {
      await targets(target).send(messages, { signal })
    } catch (error) {
      const failures = error instanceof EdgeSendError ? error.notAccepted : undefined
      for (const { message, reject } of waiting) {
        const failure = failures?.find(({ trackingId }) => trackingId === message.trackingId)
        if (failure) reject(new EdgeSendError(target, [failure], 1))
        else if (!failures) reject(error)
      }
    }
    // Those that were rejected stay so.
    for (const { resolve } of waiting) resolve()
  }

  function gatheredFor(target: string, { trackingId }: Message): Gathered {
    const known = open.get(target)
    // An edge refuses two messages of one tracking id in a send. A message that came twice is two sends, as it ever was.
    if (known && !known.has(trackingId)) return known
    const gathered: Gathered = new Map()
    open.set(target, gathered)
    setImmediate(flush, target, gathered)
    return gathered
  }

  return (target, message) => {
    const accepted = Promise.withResolvers<void>()
    gatheredFor(target, message).set(message.trackingId, { message, ...accepted })
    return accepted.promise
  }
}
