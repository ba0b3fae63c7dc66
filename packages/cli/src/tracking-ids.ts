import { hash } from 'node:crypto'

/** What the messages of one `edge send` have in common. */
interface Sending {
  queueUrl: string
  type: string
  group: string | undefined
}

/** The tracking id of a body, by its SHA-256, and of the line that it is, if it is one. */
export type TrackingIds = (sha256: string, line?: number) => string

/**
 * Tracking ids that follow from a name and from what is sent: whoever sends the same again under the same name sends the
 * same messages, of which a FIFO edge, within five minutes, and every node that keeps account of them take each once. What
 * was changed meanwhile is another message.
 */
export function trackingIdsOf(name: string, { queueUrl, type, group }: Sending): TrackingIds {
  // An edge has more than one host, and one path.
  const edge = new URL(queueUrl).pathname
  return (sha256, line) => {
    const origin = JSON.stringify([name, edge, type, group ?? null, line ?? null, sha256])
    return hash('sha256', origin, 'hex').slice(0, 32)
  }
}
