import type { Message } from '@causeway-aws/edge'

/** What became of messages, each named by its body. */
export interface Deliveries {
  readonly lost: string[]
  /** Arrived more than once, each time after the first. */
  readonly repeated: string[]
  /** Arrived for the first time when a later one of its group was there already. */
  readonly overtaken: string[]
}

/** Compares what was sent with what arrived, both in their order. The bodies of what was sent are all different. */
export function compare(sent: readonly Message[], arrived: readonly Message[]): Deliveries {
  const positions = new Map(sent.map(({ body }, position) => [body, position]))
  const seen = new Set<string>()
  const latest = new Map<string, number>()
  const repeated: string[] = []
  const overtaken: string[] = []
  for (const { body, groupId } of arrived) {
    const position = positions.get(body)
    if (position === undefined) throw new Error(`"${body}" arrived, which was not sent`)
    if (seen.has(body)) {
      repeated.push(body)
      continue
    }
    seen.add(body)
    const before = latest.get(groupId) ?? -1
    if (position < before) overtaken.push(body)
    latest.set(groupId, Math.max(position, before))
  }
  return { lost: [...positions.keys()].filter((body) => !seen.has(body)), repeated, overtaken }
}

/** Every message once, and each group in order. */
export const exactlyOnce: Deliveries = { lost: [], repeated: [], overtaken: [] }
