export { delimiterSchema } from './delimiter.ts'
export { type NotificationQueue, objectsIn, type Scope } from './notifications.ts'
export type { S3Object } from './object.ts'
export { type S3ContinuousOptions, type S3Format, type S3SourceOptions, s3Source } from './source.ts'
