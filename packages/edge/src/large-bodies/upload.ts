import { createHash, type Hash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { S3Client } from '@aws-sdk/client-s3'
import { LargeBodyError } from './error.ts'
import type { S3 } from './open-s3.ts'
import type { LargeBodiesSettings } from './options.ts'
import type { BodyReference } from './reference.ts'
import { chunkSize, through } from './through.ts'

/** Bytes, all at once or as they come. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

interface Measures {
  readonly hash: Hash
  length: number
  expandedLength: number
}

/**
 * Compresses a body into a new object, in parts, as it comes, and says what it came to. No part of a failed upload is
 * left, as far as S3 can still be reached.
 */
export async function upload(
  { sdk, client }: S3,
  source: ByteSource,
  settings: LargeBodiesSettings,
  signal: AbortSignal | undefined,
): Promise<BodyReference> {
  const { bucket, prefix, bucketOwner, kmsKeyId } = settings
  const object = { Bucket: bucket, Key: `${prefix}${randomUUID()}`, ExpectedBucketOwner: bucketOwner }
  const measures: Measures = { hash: createHash('sha256'), length: 0, expandedLength: 0 }
  const abortable = signal ? abortableBy(signal, client) : client
  const body = Readable.from(compressed(source, settings, measures), { objectMode: false, signal })
  const upload = new sdk.Upload({
    client: abortable,
    params: {
      ...object,
      Body: body,
      ContentType: 'application/gzip',
      ...(kmsKeyId !== undefined && { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }),
    },
    leavePartsOnError: true, // because it would leave them where CompleteMultipartUpload fails
  })
  try {
    await upload.done()
  } catch (error) {
    const { uploadId: UploadId } = upload
    if (UploadId !== undefined) {
      await client.send(new sdk.AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => {})
    }
    throw error
  } finally {
    body.destroy()
  }
  const { hash, length, expandedLength } = measures
  return { key: object.Key, sha256: hash.digest('hex'), length, expandedLength, bucket }
}

/** The client with requests that the signal cuts, which lib-storage's `abort` does not. */
function abortableBy(abortSignal: AbortSignal, client: S3Client): S3Client {
  const send = (command: Parameters<S3Client['send']>[0]) => client.send(command, { abortSignal })
  return Object.assign(Object.create(client), { send })
}

async function* compressed(
  source: ByteSource,
  { maxBytes, maxExpandedBytes }: LargeBodiesSettings,
  measures: Measures,
): AsyncGenerator<Buffer> {
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      if (!(chunk instanceof Uint8Array))
        throw new LargeBodyError('stored', 'its source gave something else than bytes')
      measures.expandedLength += chunk.length
      if (measures.expandedLength > maxExpandedBytes) {
        throw new LargeBodyError('stored', `it has more than the ${maxExpandedBytes} bytes that it may have`)
      }
      yield chunk
    }
    if (measures.expandedLength === 0) throw new LargeBodyError('stored', 'it is empty')
  }

  for await (const chunk of through(counted(), createGzip({ chunkSize }))) {
    measures.hash.update(chunk)
    measures.length += chunk.length
    if (measures.length > maxBytes) {
      throw new LargeBodyError(
        'stored',
        `it has more than the ${maxBytes} bytes that it may have when it is compressed`,
      )
    }
    yield chunk
  }
}
