import type { SQSRecord } from 'aws-lambda'
import { isFifo } from '../queue.ts'
import type { Outcome } from './outcome.ts'
import { type Reason, reasonOf } from './reason.ts'
import type { Run } from './run.ts'
import type { RunLimits } from './run-limits.ts'

/** What has to run in order: the messages of a group of a FIFO queue, or one message of a standard queue. */
export type Lane = readonly [first: SQSRecord, ...rest: SQSRecord[]]

/** Told what becomes of the messages of a lane. */
export interface LaneReport {
  /** The first of these was run to its end. The others come after it. */
  done?(left: Lane, outcome: (Outcome & { done: true }) | undefined): void
  /** The first of these failed. The others are not run. */
  failed(left: Lane, outcome: Outcome & { done: false }): void
  /** None of these is run, for no fault of theirs. */
  notRun(left: Lane, reason: Reason): void
}

export function lanesOf(records: readonly SQSRecord[]): Lane[] {
  if (!records.some(({ eventSourceARN }) => isFifo(eventSourceARN))) return records.map((record) => [record])
  return [...Map.groupBy(records, laneOf).values()] as unknown as Lane[] // no group is empty
}

function laneOf(record: SQSRecord): unknown {
  const { eventSourceARN, attributes } = record
  return isFifo(eventSourceARN) ? `${eventSourceARN} ${attributes.MessageGroupId}` : record
}

/**
 * Runs lanes one after the other, each as far as its messages succeed, until no new message is to be taken. Several of
 * these share one iterator and run side by side. Not split further: one more async call for each message is a tenth of
 * what receiving it costs.
 */
export async function runLanes(
  lanes: Iterable<Lane>,
  run: Run,
  taking: AbortSignal,
  limits: () => RunLimits,
  report: LaneReport,
): Promise<void> {
  for (const lane of lanes) {
    for (let position = 0; position < lane.length; position += 1) {
      const left = position === 0 ? lane : (lane.slice(position) as unknown as Lane)
      if (taking.aborted) {
        report.notRun(left, notTaken(taking))
        break
      }
      const given = limits()
      let outcome: Outcome | undefined
      try {
        outcome = await run.once(left[0], given)
      } catch (error) {
        outcome = run.outcomeOf(error, left[0], given)
      }
      if (outcome?.done === false) {
        report.failed(left, outcome)
        break
      }
      report.done?.(left, outcome)
    }
  }
}

function notTaken(signal: AbortSignal): Reason {
  return { reason: `not run, because no new message is taken any more: ${reasonOf(signal.reason).reason}` }
}
