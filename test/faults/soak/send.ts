import { type Edge, EdgeSendError, type Message } from '@causeway-aws/edge'

/** Sends as the error advises: what was not accepted is sent again, in its order. */
export async function sendUntilAccepted(edge: Edge, messages: readonly Message[]): Promise<void> {
  let left = messages
  while (left.length > 0) left = await notAccepted(edge, left)
}

async function notAccepted(edge: Edge, messages: readonly Message[]): Promise<readonly Message[]> {
  try {
    await edge.send(messages)
    return []
  } catch (error) {
    if (!(error instanceof EdgeSendError && error.retryable)) throw error
    const missing = new Set(error.notAccepted.map(({ trackingId }) => trackingId))
    return messages.filter(({ trackingId }) => missing.has(trackingId))
  }
}
