import { s3Source } from '@causeway-aws/readers/s3'
import { failedRecordsTo } from '../failed-records.ts'
import { openCheckpoints } from '../open-checkpoints.ts'
import { readRecords } from '../read-records.ts'
import { openBucket } from '../s3-bucket.ts'
import type { Terminal } from '../terminal.ts'
import type { S3ReadFlags } from './s3.ts'

interface ObjectReading extends S3ReadFlags {
  terminal: Terminal
  signal: AbortSignal
}

/** Prints the records of the objects under a prefix. */
export async function readObjects({ terminal, signal, ...flags }: ObjectReading): Promise<void> {
  const { format, delimiter, header, versions = false, concurrency, follow, every, checkpoint } = flags
  const { reader, ...bucket } = await openBucket(flags)
  const source = s3Source({
    ...bucket,
    format,
    header,
    versions,
    ...(delimiter !== undefined && { delimiter }),
    ...(follow && { continuous: { reconcile: every * 1_000 } }),
    // Who waits for what comes may wait for S3; others would rather be told.
    patience: follow ? 300_000 : 30_000,
  })
  const onFailure = await failedRecordsTo(flags, source.name, reader)
  const checkpoints = await openCheckpoints(checkpoint, source.name, flags.region)
  const kept = checkpoint?.name
  try {
    await readRecords({ source, checkpoints, kept, flags, concurrency, onFailure, what: 'objects', terminal, signal })
  } finally {
    await checkpoints[Symbol.asyncDispose]?.()
  }
}
