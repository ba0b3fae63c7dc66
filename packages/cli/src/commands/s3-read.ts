import { type S3Object, s3Source } from '@causeway-aws/readers/s3'
import { UsageError } from '../exit.ts'
import type { OpenSource } from '../run-read.ts'
import { openBucket } from '../s3-bucket.ts'
import type { S3ReadFlags } from './s3.ts'

export const openSource: OpenSource<S3ReadFlags> = async (flags, { only, patience }) => {
  const { format, delimiter, header, versions = false, concurrency, follow, every } = flags
  const { reader, ...bucket } = await openBucket(flags)
  const options = {
    ...bucket,
    format,
    header,
    versions,
    ...(delimiter !== undefined && { delimiter }),
    patience,
  }
  const source = s3Source({ ...options, ...(follow && { continuous: { reconcile: every * 1_000 } }) })
  if (only === undefined) return { source, reader, concurrency }

  /** What is under these keys, in the order in which they were given. */
  async function* partitions(signal: AbortSignal): AsyncGenerator<S3Object> {
    const objects: S3Object[] = []
    for (const key of only ?? []) {
      // Nothing sorts between a key and what begins with it.
      const { value: first } = await s3Source({ ...options, prefix: key })
        .partitions(signal)
        [Symbol.asyncIterator]()
        .next()
      if (first?.key !== key) throw new UsageError(`--key: there is no object ${key} in the bucket ${bucket.bucket}.`)
      objects.push(first)
    }
    yield* objects
  }
  return { source: { ...source, partitions }, reader, concurrency }
}
