import { appendFile } from 'node:fs/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { fileCheckpoints, read, s3Source, tableCheckpoints } from '@causeway-aws/readers'

/** What the reader is told by its only argument, as JSON. */
export interface ReadingBucket {
  readonly bucket: string
  readonly batchRecords: number
  readonly checkpoints: { readonly file: string } | { readonly table: string }
  /** How long a reader that was killed keeps others from its objects. Of checkpoints in a file it does not. */
  readonly lease: number
  /** Where what was given is written, of all objects in one file. */
  readonly given: string
}

const { bucket, batchRecords, checkpoints: kept, lease, given }: ReadingBucket = JSON.parse(process.argv[2] ?? '')
const source = s3Source({ bucket, batchRecords, client: new S3Client({ forcePathStyle: true }) })
await using end = new AsyncDisposableStack()
const checkpoints =
  'file' in kept
    ? end.use(await fileCheckpoints({ path: kept.file, source: source.name }))
    : tableCheckpoints({ tableName: kept.table, client: new DynamoDBClient(), source: source.name })
await read({
  source,
  checkpoints,
  lease,
  // At once, so that the kernel has all of a batch or nothing of it when this process is killed.
  onBatch: (records) => appendFile(given, Buffer.concat(records.flatMap(({ data }) => [data, Buffer.from('\n')]))),
})
