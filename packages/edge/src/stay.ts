import type { SQSRecord } from 'aws-lambda'
import type { Lane, LaneReport } from './lanes.ts'
import type { Logger } from './logger.ts'
import { describe } from './reason.ts'
import type { Visibility } from './visibility.ts'

/**
 * Reports what stays on the edge: each message is logged, `onStay` is told of it, and SQS when it may come again: the
 * failed one after its delay and the others at once, since a hidden message holds up its group.
 */
export function reportStaying(
  logger: Logger,
  visibility: Visibility | undefined,
  onStay: (record: SQSRecord) => void,
): Pick<LaneReport, 'failed' | 'notRun'> {
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
  }
}
