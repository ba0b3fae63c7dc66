import { CausewayError } from '@causeway-aws/auth'
import { requestFailure } from '../failure.ts'

/** An item was not written. `retryable` says whether it may be later without anybody changing anything. */
export class TableError extends CausewayError {
  constructor(table: string, cause: unknown) {
    const { reason, retryable } = requestFailure(cause)
    super(`An item was not written to the table ${table}: ${reason}.`, { code: 'TableError', retryable, cause })
  }
}
