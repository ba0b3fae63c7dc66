import { SQSClient } from '@aws-sdk/client-sqs'
import { type S3ContinuousOptions, type S3Object, s3Source } from '@causeway-aws/readers/s3'
import { remembering } from '../aws-request.ts'
import { UsageError } from '../exit.ts'
import { requestLimits } from '../request-limits.ts'
import type { OpenSource } from '../run-read.ts'
import { openBucket } from '../s3-bucket.ts'
import type { S3ReadFlags } from './s3.ts'

export const openSource: OpenSource<S3ReadFlags> = async (flags, { only, patience }) => {
  const { format, delimiter, header, versions = false, concurrency, follow } = flags
  const { reader, ...bucket } = await openBucket(flags)
  const options = {
    ...bucket,
    format,
    header,
    versions,
    ...(delimiter !== undefined && { delimiter }),
    patience,
    // A checkpoint costs little here; and of what is in hand when V8 looks for what died young, it keeps the memory for long.
    batchBytes: 256 * 1024,
  }
  const source = s3Source({ ...options, ...(follow && { continuous: continuousOf(flags) }) })
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

/** How a bucket is followed: by listing it again and again, or by its notifications, and listing it for what is lost of them. */
function continuousOf({
  notifications: url,
  every = url === undefined ? 60 : 300,
  region,
}: S3ReadFlags): S3ContinuousOptions {
  const reconcile = every * 1_000
  if (url === undefined) return { reconcile }
  // The queue is the reader's own, and may be of another region than the bucket.
  const own = /^https:\/\/sqs\.([\w-]+)\.amazonaws\.com/.exec(url)?.[1] ?? region
  const client = remembering(
    new SQSClient({ requestHandler: requestLimits, ...(own !== undefined && { region: own }) }),
  )
  return { reconcile, queue: { url, client } }
}
