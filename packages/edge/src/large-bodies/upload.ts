import { createHash, randomUUID } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { requestFailure } from '../failure.ts'
import { zlib } from '../zlib.ts'
import { LargeBodyError } from './error.ts'
import type { S3 } from './open-s3.ts'
import type { LargeBodiesSettings } from './options.ts'
import { putObject } from './put-object.ts'
import type { BodyReference } from './reference.ts'

/** Bytes, all at once or as they come. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Compresses a body into a new object as it comes, and says what it came to. Nothing of a failed upload is left. */
export async function upload(
  s3: S3,
  source: ByteSource,
  settings: LargeBodiesSettings,
  signal: AbortSignal | undefined,
): Promise<BodyReference> {
  const { bucket, prefix, bucketOwner, kmsKeyId } = settings
  const key = `${prefix}${randomUUID()}`
  const object = {
    Bucket: bucket,
    Key: key,
    ExpectedBucketOwner: bucketOwner,
    ContentType: 'application/gzip',
    ...(kmsKeyId !== undefined && ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId } as const)),
  }
  const expanded = counting(settings.maxExpandedBytes)
  const stored = measuring(settings.maxBytes)
  // Of larger chunks V8 lets more lie before it collects them: of a large body 10 MB of zlib's own, of 16 KiB.
  const gzip = zlib().createGzip({ chunkSize: 4_096 })
  const fed = pipeline(source, expanded.count, gzip, signal ? { signal } : {})
  fed.catch(() => {}) // the upload fails as its bytes do
  const end = (error: Error) => void gzip.destroy(error)
  await putObject(s3, object, { bytes: stored.measure(gzip), end }, signal)
  return { key, ...stored.result(), expandedLength: expanded.length(), bucket }
}

/** Counts the bytes of a body, and tells a failure of its source from one of S3. */
function counting(maxBytes: number) {
  let length = 0
  async function* count(source: ByteSource): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        if (!(chunk instanceof Uint8Array)) throw new LargeBodyError('stored', 'its source gave no bytes')
        length += chunk.length
        if (length > maxBytes) throw new LargeBodyError('stored', `it has more than the ${maxBytes} bytes it may have`)
        yield chunk
      }
    } catch (error) {
      if (error instanceof LargeBodyError) throw error
      const { reason, retryable } = requestFailure(error)
      throw new LargeBodyError('stored', `its source failed: ${reason}`, { retryable, cause: error })
    }
    if (length === 0) throw new LargeBodyError('stored', 'it is empty')
  }
  return { count, length: () => length }
}

/** Measures what is stored, on its way. */
function measuring(maxBytes: number) {
  const hash = createHash('sha256')
  let length = 0
  async function* measure(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of compressed) {
      hash.update(chunk)
      length += chunk.length
      if (length > maxBytes) {
        throw new LargeBodyError('stored', `it has more than the ${maxBytes} compressed bytes it may have`)
      }
      yield chunk
    }
  }
  return { measure, result: () => ({ sha256: hash.digest('hex'), length }) }
}
