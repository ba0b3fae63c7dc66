import { type Edge, EdgeSendError } from '@causeway-aws/edge'
import type { DeliveryContext } from '../delivery.ts'
import type { Partition, SourceRecord } from '../source.ts'
import { TargetError } from '../target-error.ts'
import { type RecordMessageOptions, recordMessage } from './record-message.ts'

/** Which edge records are sent to, and as what. */
export interface SendRecordsOptions extends Omit<RecordMessageOptions, 'partition'> {
  readonly edge: Pick<Edge, 'send'>
}

/**
 * Sends records to an edge, as the `onBatch` of `read`: they are done when the edge has accepted them. Where the edge takes
 * nothing at all, it rejects with a {@link TargetError}, and no record is given up for that.
 *
 * @example
 * ```ts
 * import type { Edge } from '@causeway-aws/edge'
 * import { memoryCheckpoints, read, type Source, sendRecords } from '@causeway-aws/readers'
 *
 * export function forward(source: Source, edge: Edge): Promise<unknown> {
 *   const onBatch = sendRecords({ edge, source: source.name, type: 'order' })
 *   return read({ source, checkpoints: memoryCheckpoints(), onBatch })
 * }
 * ```
 */
export function sendRecords({
  edge,
  ...options
}: SendRecordsOptions): (records: readonly SourceRecord[], context: DeliveryContext<Partition>) => Promise<void> {
  return async (records, { partition, signal }) => {
    const messages = records.map((record) => recordMessage(record, { ...options, partition: partition.id }))
    try {
      await edge.send(messages, { signal })
    } catch (error) {
      if (!(error instanceof EdgeSendError) || error.ofMessages) throw error
      throw new TargetError(error.message, { retryable: error.retryable, cause: error })
    }
  }
}
