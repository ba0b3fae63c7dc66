import { createHash } from 'node:crypto'
import { addAbortSignal, type Readable } from 'node:stream'
import { zlib } from '../zlib.ts'
import { LargeBodyError } from './error.ts'
import type { S3 } from './open-s3.ts'
import type { LargeBodiesSettings } from './options.ts'
import type { BodyReference } from './reference.ts'
import { through } from './through.ts'

/**
 * The bytes of a body as they come, expanded. It ends only when the body was what its reference says, length and hash:
 * whatever differs is thrown before the end.
 */
export async function* download(
  { client, GetObjectCommand }: S3,
  { bucket, bucketOwner }: LargeBodiesSettings,
  reference: BodyReference,
  abortSignal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const object = { Bucket: bucket, Key: reference.key, ExpectedBucketOwner: bucketOwner }
  const answer = await client.send(new GetObjectCommand(object), abortSignal && { abortSignal })
  const stored = answer.Body as Readable
  if (abortSignal) addAbortSignal(abortSignal, stored)
  try {
    let expandedLength = 0
    // In zlib's own chunks of 16 KiB: of larger ones V8 lets more lie before it collects them, a third of all memory.
    for await (const chunk of through(verified(stored, reference), zlib().createGunzip())) {
      expandedLength += chunk.length
      if (expandedLength > reference.expandedLength) break
      yield chunk
    }
    if (expandedLength !== reference.expandedLength) {
      const more = expandedLength > reference.expandedLength ? 'more' : 'fewer'
      throw new LargeBodyError(
        'read',
        `it expands to ${more} bytes than the ${reference.expandedLength} of its reference`,
      )
    }
  } catch (error) {
    throw zlibError(error) ?? error
  } finally {
    stored.destroy()
  }
}

/** What is stored, on its way: throws, at its end at the latest, where it is not what the reference says. */
async function* verified(stored: AsyncIterable<Uint8Array>, reference: BodyReference): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of stored) {
    length += chunk.length
    if (length > reference.length) break
    hash.update(chunk)
    yield chunk
  }
  if (length !== reference.length) {
    const more = length > reference.length ? 'more' : 'fewer'
    throw new LargeBodyError('read', `what is stored has ${more} bytes than the ${reference.length} of its reference`)
  }
  if (hash.digest('hex') !== reference.sha256) {
    throw new LargeBodyError('read', 'what is stored does not have the hash of its reference')
  }
}

function zlibError(error: unknown): LargeBodyError | undefined {
  const { code } = error as NodeJS.ErrnoException
  if (!String(code).startsWith('Z_')) return undefined
  return new LargeBodyError('read', 'what is stored is not whole gzip', { cause: error })
}
