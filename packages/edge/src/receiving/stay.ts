import type { SQSRecord } from 'aws-lambda'
import type { Backoff } from '../backoff.ts'
import type { Logger } from '../logger.ts'
import type { Lane, LaneReport } from './lanes.ts'
import { describe, type Reason } from './reason.ts'
import type { Visibility } from './visibility.ts'

export interface Staying extends Pick<LaneReport, 'failed' | 'notRun'> {
  /** This was run to its end, and its audit record was not accepted. */
  notRecorded(record: SQSRecord, reason: Reason): void
  /** This was run to its end after one of its group whose audit record was not accepted. */
  ranAfter(record: SQSRecord, notRecorded: SQSRecord): void
}

/**
 * Reports what stays on the edge: each message is logged, `onStay` is told of it, and SQS when it may come again: the
 * one for whose sake it stays after its delay and the others at once, since a hidden message holds up its group.
 */
export function reportStaying(
  logger: Logger,
  visibility: Visibility | undefined,
  retryDelay: Backoff,
  onStay: (record: SQSRecord) => void,
): Staying {
  function stay([first, ...rest]: Lane, after: number): void {
    for (const record of [first, ...rest]) onStay(record)
    visibility?.change(first, after)
    for (const record of rest) visibility?.change(record, 0)
  }
  return {
    failed(left, { reason, after }) {
      const [first, ...rest] = left
      logger.error('message failed', describe(first, reason))
      const why = { reason: `not run, because ${first.messageId} of its group failed` }
      for (const record of rest) logger.warn('message not run', describe(record, why))
      stay(left, after)
    },
    notRun(left, reason) {
      for (const record of left) logger.warn('message not run', describe(record, reason))
      stay(left, 0)
    },
    notRecorded(record, reason) {
      logger.error('message run, but not on record', describe(record, reason))
      stay([record], retryDelay(1))
    },
    ranAfter(record, { messageId }) {
      const why = { reason: `stays, because ${messageId} of its group is not on record` }
      logger.warn('message run, but not acknowledged', describe(record, why))
      stay([record], 0)
    },
  }
}
