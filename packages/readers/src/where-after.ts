/**
 * Where a partition is gone on with after a position, in words. A group that was at offset 0 of a Kafka partition goes on
 * after -1, where nobody has seen a record.
 *
 * @example
 * ```ts
 * import { type Checkpoint, whereAfter } from '@causeway-aws/readers'
 *
 * export const saidOf = ({ position }: Checkpoint): string =>
 *   position === undefined ? 'it was never read' : `it goes on ${whereAfter(position)}`
 * ```
 */
export const whereAfter = (position: string): string => (position === '-1' ? 'from its beginning' : `after ${position}`)
