import { createHash, randomUUID } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import { requestFailure } from '../failure.ts'
import { zlib } from '../zlib.ts'
import { LargeBodyError } from './error.ts'
import type { S3 } from './open-s3.ts'
import type { LargeBodiesSettings } from './options.ts'
import type { BodyReference } from './reference.ts'

/** Bytes, all at once or as they come. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Compresses a body into a new object, in parts, as it comes, and says what it came to. No part of a failed upload is
 * left, as far as S3 can still be reached.
 */
export async function upload(
  { client, Upload, AbortMultipartUploadCommand }: S3,
  source: ByteSource,
  settings: LargeBodiesSettings,
  signal: AbortSignal | undefined,
): Promise<BodyReference> {
  const { bucket, prefix, bucketOwner, kmsKeyId } = settings
  const object = { Bucket: bucket, Key: `${prefix}${randomUUID()}`, ExpectedBucketOwner: bucketOwner }
  const expanded = counting(settings.maxExpandedBytes)
  const stored = measuring(settings.maxBytes)
  const fed = pipeline(source, expanded.count, zlib().createGzip(), stored.measure, signal ? { signal } : {})
  fed.catch(() => {}) // the upload fails as its body does
  const upload = new Upload({
    client: failingFast(client, stored.measure, signal),
    params: {
      ...object,
      Body: stored.measure,
      ContentType: 'application/gzip',
      ...(kmsKeyId !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }),
    },
    queueSize: 2, // of 5 MiB each in flight: as fast as gzip fills them, and half the memory of the default
    leavePartsOnError: true, // since it would leave them anyway where CompleteMultipartUpload fails
  })
  try {
    await upload.done()
  } catch (error) {
    const { uploadId: UploadId } = upload
    if (UploadId !== undefined) {
      await client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => {})
    }
    throw error
  }
  return { key: object.Key, ...stored.result(), expandedLength: expanded.length(), bucket }
}

/**
 * The client as an upload needs it, which lib-storage leaves to its caller: the signal cuts its requests, and one that
 * fails ends the body, so that nobody waits for more of it.
 */
function failingFast(client: S3Client, body: Readable, abortSignal: AbortSignal | undefined): S3Client {
  const send = async (command: Parameters<S3Client['send']>[0]) => {
    try {
      return await client.send(command, abortSignal && { abortSignal })
    } catch (error) {
      body.destroy(error as Error)
      throw error
    }
  }
  return Object.assign(Object.create(client), { send })
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
  const measure = new Transform({
    transform(chunk, _, done) {
      hash.update(chunk)
      length += chunk.length
      if (length <= maxBytes) return done(null, chunk)
      done(new LargeBodyError('stored', `it has more than the ${maxBytes} compressed bytes it may have`))
    },
  })
  return { measure, result: () => ({ sha256: hash.digest('hex'), length }) }
}
