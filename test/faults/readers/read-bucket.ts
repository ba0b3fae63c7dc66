import { appendFile } from 'node:fs/promises'
import { S3Client } from '@aws-sdk/client-s3'
import { fileCheckpoints, read, s3Source } from '@causeway-aws/readers'

/** What the reader is told by its only argument, as JSON. */
export interface ReadingBucket {
  readonly bucket: string
  readonly batchRecords: number
  /** Where the checkpoints are, and where what was given is written, of all objects in one file. */
  readonly checkpoints: string
  readonly given: string
}

const { bucket, batchRecords, checkpoints: path, given }: ReadingBucket = JSON.parse(process.argv[2] ?? '')
const source = s3Source({ bucket, batchRecords, client: new S3Client({ forcePathStyle: true }) })
await using checkpoints = await fileCheckpoints({ path, source: source.name })
await read({
  source,
  checkpoints,
  // At once, so that the kernel has all of a batch or nothing of it when this process is killed.
  onBatch: (records) => appendFile(given, Buffer.concat(records.flatMap(({ data }) => [data, Buffer.from('\n')]))),
})
