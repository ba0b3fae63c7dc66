import { buffer } from 'node:stream/consumers'
import * as v from 'valibot'
import { download } from './download.ts'
import { LargeBodyError, s3Error } from './error.ts'
import { utf8 } from './inline-gzip.ts'
import { openS3, type S3 } from './open-s3.ts'
import { type LargeBodiesOptions, parseLargeBodies } from './options.ts'
import type { BodyReference } from './reference.ts'
import { type ByteSource, upload } from './upload.ts'

/** A body that is to be stored: text, bytes, or bytes as they come (a file, a request). */
export type BodySource = string | Uint8Array | AsyncIterable<Uint8Array>

/** The large bodies of an edge. All of it throws {@link LargeBodyError}. */
export interface LargeBodies {
  /** Name of the bucket. */
  readonly bucket: string
  /** Up to this many bytes a body is read as text. */
  readonly maxInlineBytes: number
  /** Whether a body is stored here, so that a message may refer to it. */
  holds(reference: BodyReference): boolean
  /**
   * Stores a body, compressed, under a name of its own, so that nothing ever changes a body that a message refers to.
   * What a run leaves behind that is repeated is deleted with all others, by the bucket's lifecycle.
   */
  store(body: BodySource, options?: { signal?: AbortSignal | undefined }): Promise<BodyReference>
  /** The text of a body of at most `maxInlineBytes` bytes. */
  read(reference: BodyReference, options?: { signal?: AbortSignal | undefined }): Promise<string>
  /**
   * The bytes of a body as they come. What they are is certain only at the end: one that is not what its reference says
   * throws, and never ends.
   */
  stream(reference: BodyReference, options?: { signal?: AbortSignal | undefined }): AsyncIterable<Uint8Array>
}

/** For the options of whatever takes them. */
export const largeBodiesSchema: v.GenericSchema<LargeBodies> = v.custom<LargeBodies>(
  (bodies) => typeof (bodies as LargeBodies)?.store === 'function',
  'must be what createLargeBodies made',
)

/**
 * Keeps bodies that are too large for a queue in S3, gzipped. A message then carries a reference. Of a reference, which
 * is a stranger's, only the key is taken, and only directly under the edge's prefix; what is read is checked against
 * its length and its hash.
 *
 * S3's client is loaded when it is first needed. Give it the credentials of the edge owner's role where the bucket is
 * another account's. Nobody deletes a body but the bucket's lifecycle, no sooner than after 28 days: a message may be in its
 * queue for 14, and in a dead letter queue for 14 more.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { createReadStream } from 'node:fs'
 * import { assumedRole, policies } from '@causeway-aws/auth'
 * import { createLargeBodies, createMessage, type Message } from '@causeway-aws/edge'
 *
 * const keyArn = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'
 * const place = { bucket: 'orders-bodies', prefix: 'orders/' }
 *
 * const bodies = createLargeBodies({
 *   ...place,
 *   bucketOwner: '111111111111',
 *   kmsKeyId: keyArn,
 *   client: {
 *     region: 'eu-west-1',
 *     credentials: assumedRole({
 *       roleArn: 'arn:aws:iam::111111111111:role/causeway-orders-sender',
 *       policy: policies.largeBodies({ ...place, keyArn, access: 'send' }),
 *     }),
 *   },
 * })
 *
 * export async function scan(file: string): Promise<Message> {
 *   return createMessage({ type: 'scan', bodyReference: await bodies.store(createReadStream(file)) })
 * }
 * ```
 */
export function createLargeBodies(options: LargeBodiesOptions): LargeBodies {
  const settings = parseLargeBodies(options)
  const { bucket, prefix, maxBytes, maxExpandedBytes, maxInlineBytes } = settings
  let opened: Promise<S3> | undefined

  function s3(): Promise<S3> {
    opened ??= openS3(settings.client)
    return opened
  }

  const isUnderPrefix = (key: string) => key.startsWith(prefix) && /^[\w-]+$/.test(key.slice(prefix.length))

  function check({ key, length, expandedLength }: BodyReference, most: number): void {
    if (!isUnderPrefix(key))
      throw new LargeBodyError('read', `its key is not one directly under ${prefix} of this edge`)
    if (length > maxBytes)
      throw new LargeBodyError('read', `its ${length} stored bytes are over the limit of ${maxBytes}`)
    if (expandedLength > most) {
      throw new LargeBodyError('read', `its ${expandedLength} bytes are over the limit of ${most}`)
    }
  }

  async function* stream(reference: BodyReference, most: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
    check(reference, most)
    try {
      yield* download(await s3(), settings, reference, signal)
    } catch (error) {
      throw failure('read', error, signal)
    }
  }

  function failure(undone: 'read' | 'stored', error: unknown, signal: AbortSignal | undefined): LargeBodyError {
    if (!signal?.aborted) return s3Error(undone, error, settings)
    return new LargeBodyError(undone, 'it was aborted', { retryable: true, cause: error })
  }

  return {
    bucket,
    maxInlineBytes,
    holds: (reference) => reference.bucket === bucket && isUnderPrefix(reference.key),
    async store(body, { signal } = {}) {
      try {
        return await upload(await s3(), bytesOf(body), settings, signal)
      } catch (error) {
        throw failure('stored', error, signal)
      }
    },
    async read(reference, { signal } = {}) {
      const bytes = await buffer(stream(reference, maxInlineBytes, signal))
      try {
        return utf8(bytes)
      } catch (error) {
        throw new LargeBodyError('read', 'it is not UTF-8, so no text; read it as a stream', { cause: error })
      }
    },
    stream: (reference, { signal } = {}) => stream(reference, maxExpandedBytes, signal),
  }
}

function bytesOf(body: BodySource): ByteSource {
  if (typeof body === 'string') return [Buffer.from(body)]
  return body instanceof Uint8Array ? [body] : body
}
