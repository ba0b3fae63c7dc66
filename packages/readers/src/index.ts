export { type Checkpoint, type Checkpoints, type Claim, ClaimLostError } from './checkpoints.ts'
export { type DeliveryContext, type FailedRecord, RecordError } from './delivery.ts'
export {
  CheckpointFileError,
  type FileCheckpoints,
  type FileCheckpointsOptions,
  fileCheckpoints,
} from './file-checkpoints.ts'
export { type BootstrapBrokersOptions, type BrokerEndpoints, bootstrapBrokers } from './kafka/bootstrap-brokers.ts'
export { type KafkaClientOptions, kafkaClient } from './kafka/client.ts'
export { kafkaFailure } from './kafka/error.ts'
export { deliverKafkaEvent, type KafkaEvent, kafkaEvent } from './kafka/event.ts'
export { type KafkaTopic, type KafkaTopicOptions, kafkaTopic, type TopicPartition } from './kafka/topic.ts'
export { type KinesisOptions, kinesisClient } from './kinesis/client.ts'
export { deliverKinesisEvent, type KinesisEvent, kinesisEvent } from './kinesis/event.ts'
export { kinesisRecords } from './kinesis/expand.ts'
export type { HashRange } from './kinesis/hash-range.ts'
export type { Shard } from './kinesis/shard.ts'
export { type KinesisSourceOptions, kinesisSource } from './kinesis/source.ts'
export { memoryCheckpoints } from './memory-checkpoints.ts'
export { type ReadOptions, type ReadSummary, read } from './read.ts'
export type { Progress, ReadEnd } from './read-partition.ts'
export { type NotificationQueue, objectsIn, type Scope } from './s3/notifications.ts'
export type { S3Object } from './s3/object.ts'
export { type S3ContinuousOptions, type S3Format, type S3SourceOptions, s3Source } from './s3/source.ts'
export { type SendRecordsOptions, sendRecords } from './sinks/edge.ts'
export { type FailuresToOptions, failuresTo } from './sinks/failures-to.ts'
export {
  type RecordEncoding,
  RecordEncodingError,
  type RecordMessageOptions,
  recordMessage,
} from './sinks/record-message.ts'
export type { Batch, From, Partition, Source, SourceRecord, Start } from './source.ts'
export { SourceError } from './source-error.ts'
export { type TableCheckpointsOptions, tableCheckpoints } from './table-checkpoints.ts'
