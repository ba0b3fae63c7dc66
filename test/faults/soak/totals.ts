import type { Message } from '@causeway-aws/edge'
import { compare, type Deliveries } from '../deliveries.ts'

/** What became of all messages of a soak. */
interface Totals {
  rounds: number
  sent: number
  arrived: number
  repeated: number
  overtaken: number
  lost: number
}

export const noTotals = (): Totals => ({ rounds: 0, sent: 0, arrived: 0, repeated: 0, overtaken: 0, lost: 0 })

/** Adds a round, and answers what became of its messages. */
export function add(totals: Totals, sent: readonly Message[], arrived: readonly Message[]): Deliveries {
  const deliveries = compare(sent, arrived)
  totals.rounds += 1
  totals.sent += sent.length
  totals.arrived += arrived.length
  totals.repeated += deliveries.repeated.length
  totals.overtaken += deliveries.overtaken.length
  totals.lost += deliveries.lost.length
  return deliveries
}
