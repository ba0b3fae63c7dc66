import type { Message } from '@causeway-aws/edge'
import type { FaultProxy } from '../proxy.ts'
import { linesOf } from './audit.ts'

/** What S3 has accepted of a node's records, known before the node knows it. */
export interface Recorded {
  /** How many of these have no record. What was sent twice needs two. */
  missing(sent: readonly Message[]): number
}

/** Watches what a proxy forwards to S3. */
export function watchRecords(proxy: FaultProxy): Recorded {
  const counts = new Map<string, number>()
  proxy.answered = ({ action, bytes }, { status }) => {
    if (action !== 'PutObject' || status !== 200) return
    const [, ...lines] = linesOf(bytes)
    for (const { trackingId } of lines.map((line) => JSON.parse(line))) {
      counts.set(trackingId, (counts.get(trackingId) ?? 0) + 1)
    }
  }
  return {
    missing(sent) {
      const left = new Map(counts)
      return sent.filter(({ trackingId }) => {
        const count = left.get(trackingId) ?? 0
        left.set(trackingId, count - 1)
        return count <= 0
      }).length
    },
  }
}
