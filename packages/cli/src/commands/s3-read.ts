import { SQSClient } from '@aws-sdk/client-sqs'
import type { Batch, From, Source } from '@causeway-aws/readers/reading'
import { type S3ContinuousOptions, type S3Object, s3Source } from '@causeway-aws/readers/s3'
import { remembering } from '../aws-request.ts'
import { createCollecting } from '../collecting.ts'
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
    // No more than comes at once: what is in hand when V8 looks for what died young it keeps for long.
    batchBytes: 32 * 1024,
    batchRecords: 250,
  }
  const source = collected(s3Source({ ...options, ...(follow && { continuous: continuousOf(flags) }) }))
  const opened = { reader, concurrency, commitBytes: 256 * 1024 }
  if (only === undefined) return { ...opened, source }

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
  return { ...opened, source: { ...source, partitions } }
}

/** The same source; what was done with is collected as it is read, since an object may have any size. */
function collected(source: Source<S3Object>): Source<S3Object> {
  const collecting = createCollecting()
  async function* read(object: S3Object, from: From, signal: AbortSignal): AsyncGenerator<Batch, void> {
    for await (const batch of source.read(object, from, signal)) {
      yield batch
      for (const { data } of batch.records) collecting(data.length + bytesBesides)
    }
  }
  return { ...source, read }
}

/** What a record takes besides its bytes, printed as a document. */
const bytesBesides = 128

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
