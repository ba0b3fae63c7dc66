import { CausewayError } from '@causeway-aws/auth'
import type { Failure } from '../failure.ts'

/**
 * S3 did not accept an object of audit records, as far as is known. What was done with their messages is not on record,
 * so they must not be acknowledged.
 *
 * @example
 * ```ts
 * import { type Audit, type AuditEntry, AuditError } from '@causeway-aws/edge'
 *
 * export async function isOnRecord(audit: Audit, entry: AuditEntry): Promise<boolean> {
 *   try {
 *     await audit.write(entry)
 *     return true
 *   } catch (error) {
 *     if (!(error instanceof AuditError)) throw error
 *     return false
 *   }
 * }
 * ```
 */
export class AuditError extends CausewayError {
  /** `s3://BUCKET/KEY` */
  readonly object: string
  /** How many records were in it. */
  readonly records: number

  constructor(object: string, records: number, { reason, retryable, cause }: Failure) {
    const advice = retryable ? 'write them again' : 'see to the reason before you write them again'
    const what = records === 1 ? 'its audit record' : `its ${records} audit records`
    super(`${object} was not accepted with ${what}: ${reason}; ${advice}.`, {
      code: 'AuditError',
      retryable,
      cause,
    })
    this.object = object
    this.records = records
  }
}
