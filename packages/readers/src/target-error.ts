import { CausewayError } from '@causeway-aws/auth'

/**
 * What records are given to takes none of them now: no record is at fault, and all of them come again. When `retryable`
 * the same batch is tried for as long as the reading has patience; else the reading ends, the checkpoint before the batch.
 *
 * @example
 * ```ts
 * import { memoryCheckpoints, read, type Source, TargetError } from '@causeway-aws/readers'
 *
 * export function post(source: Source, url: string): Promise<unknown> {
 *   return read({
 *     source,
 *     checkpoints: memoryCheckpoints(),
 *     onBatch: async (records, { signal }) => {
 *       const body = Buffer.concat(records.map(({ data }) => data))
 *       const { ok, status } = await fetch(url, { method: 'POST', body, signal })
 *       if (!ok) throw new TargetError(`${url} answered ${status}.`, { retryable: status >= 500 })
 *     },
 *   })
 * }
 * ```
 */
export class TargetError extends CausewayError {
  constructor(sentence: string, { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {}) {
    super(sentence, { code: 'TargetError', retryable, cause })
  }
}
