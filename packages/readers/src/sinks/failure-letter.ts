import { CausewayError, withoutTokens } from '@causeway-aws/auth'
import type { FailedRecord } from '../delivery.ts'
import type { Partition } from '../source.ts'
import { envelopeOf } from './record-message.ts'

/** What is said of a record that failed: JSON of its envelope and of the reason. */
export function failureLetter(source: string, { partition, record, error }: FailedRecord<Partition>): string {
  return JSON.stringify({
    ...envelopeOf(record, { source, partition: partition.id }),
    reason: reasonOf(record.fault, error),
  })
}

/** What another says may quote the record: V8 does, of what is not JSON. The record is beside it, but the log is not. */
function reasonOf(fault: string | undefined, error: unknown): string {
  if (fault !== undefined) return fault
  if (error instanceof CausewayError) return withoutTokens(error.message)
  return error instanceof Error ? error.name : typeof error
}
