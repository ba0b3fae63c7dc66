export * from './kafka/index.ts'
export * from './kinesis/index.ts'
export * from './reading.ts'
export * from './s3/index.ts'
export { type SendRecordsOptions, sendRecords } from './sinks/edge.ts'
export { type FailuresToOptions, failuresTo } from './sinks/failures-to.ts'
export {
  type RecordEncoding,
  RecordEncodingError,
  type RecordMessageOptions,
  recordMessage,
} from './sinks/record-message.ts'
export { type TableCheckpointsOptions, tableCheckpoints } from './table-checkpoints.ts'
