// What every source is read with, and loads no client of any.
export { type Checkpoint, type Checkpoints, type Claim, ClaimLostError } from './checkpoints.ts'
export { type DeliveryContext, type FailedRecord, RecordError } from './delivery.ts'
export {
  CheckpointFileError,
  type FileCheckpoints,
  type FileCheckpointsOptions,
  fileCheckpoints,
} from './file-checkpoints.ts'
export { memoryCheckpoints } from './memory-checkpoints.ts'
export { type ReadOptions, type ReadSummary, read } from './read.ts'
export type { Progress, ReadEnd } from './read-partition.ts'
export type { Batch, From, Left, Partition, Source, SourceRecord, Start } from './source.ts'
export { SourceError } from './source-error.ts'
export { TargetError } from './target-error.ts'
export { type Uncommitted, UncommittedError } from './uncommitted-error.ts'
export { whereAfter } from './where-after.ts'
