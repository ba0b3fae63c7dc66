import type { From } from '../source.ts'
import { parsePosition } from './position.ts'

/** Where a shard is begun, in Kinesis's words. */
type ShardStart =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestamp: Date }
  | { readonly type: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER'; readonly sequenceNumber: string }

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartingPosition.html */
export function startOf(from: From): ShardStart {
  if ('start' in from) {
    return from.start === 'earliest' ? { type: 'TRIM_HORIZON' } : { type: 'AT_TIMESTAMP', timestamp: from.start }
  }
  const { sequenceNumber, subSequence } = parsePosition(from.after)
  // Of an aggregate that was done in part the rest is still to come.
  return { type: subSequence === undefined ? 'AFTER_SEQUENCE_NUMBER' : 'AT_SEQUENCE_NUMBER', sequenceNumber }
}
