import { addAbortSignal, type Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetObjectCommand, type S3ServiceException } from '@aws-sdk/client-s3'
import { backoff } from '../persistently.ts'
import { SourceError } from '../source-error.ts'
import { type Bucket, named } from './bucket.ts'
import { s3Error } from './error.ts'
import { ObjectFault } from './fault.ts'
import { objectAt, type S3Object } from './object.ts'

/**
 * The bytes of an object from one on, as they are stored. Where the connection breaks, the rest is asked for; what is asked
 * for is always this very object, and never what is under its key by then.
 */
export async function* storedBytes(
  bucket: Bucket,
  object: S3Object,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let at = from
  let failed = 0
  let progressed = performance.now()
  if (from > object.size) {
    throw new SourceError(
      `The object ${object.key} of the bucket ${bucket.bucket} has ${object.size} bytes, and its checkpoint is at ${from}: that is of another object.`,
      { isOfPosition: true },
    )
  }
  while (at < object.size) {
    let body: Readable | undefined
    try {
      const answer = await open(bucket, object, at, signal)
      bucket.patience.answered()
      body = addAbortSignal(signal, answer.body)
      for await (const chunk of after(at - answer.from, watched(body))) {
        at += chunk.length
        failed = 0
        yield chunk
        progressed = performance.now()
      }
      if (at < object.size) throw new Error('the connection was closed before its end')
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ObjectFault) throw error
      const failure = s3Error(bucket.bucket, `the object ${object.key}`, error)
      // What breaks once it has begun, broke on its way; only what ends in a wrong checksum was not as it should be.
      const isBroken = body !== undefined && at < object.size
      const said = isBroken ? new SourceError(failure.message, { retryable: true, cause: error }) : failure
      if (!bucket.patience.allows(said, progressed)) throw said
    } finally {
      body?.destroy()
    }
    if (at < object.size) await sleep(backoff(++failed), undefined, { signal })
  }
}

/** How long, in milliseconds, a connection may bring nothing before it is taken for broken. */
const stall = 30_000

async function* watched(body: Readable): AsyncGenerator<Buffer> {
  let isTaken = false
  const timer = setTimeout(() => {
    if (isTaken) timer.refresh()
    else body.destroy(new Error(`nothing came for ${stall} ms`))
  }, stall)
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      isTaken = true
      yield chunk
      isTaken = false
      timer.refresh()
    }
  } finally {
    clearTimeout(timer)
  }
}

/** What comes after so many bytes. */
export async function* after(offset: number, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let before = offset
  for await (const chunk of bytes) {
    if (chunk.length > before) yield before === 0 ? chunk : chunk.subarray(before)
    before = Math.max(0, before - chunk.length)
  }
}

interface Answer {
  readonly body: Readable
  /** Where it begins: what heeds no range, as some of S3's likes, gives all. */
  readonly from: number
}

async function open(bucket: Bucket, object: S3Object, at: number, signal: AbortSignal): Promise<Answer> {
  const { key, etag, versionId } = object
  const command = new GetObjectCommand({
    ...named(bucket),
    Key: key,
    ...(versionId === undefined ? { IfMatch: `"${etag}"` } : { VersionId: versionId }),
    ...(at > 0 && { Range: `bytes=${at}-` }),
  })
  try {
    const { Body, ContentRange } = await bucket.client.send(command, { abortSignal: signal })
    return { body: Body as Readable, from: ContentRange === undefined ? 0 : at }
  } catch (error) {
    throw (await faultOf(bucket, object, error, signal)) ?? error
  }
}

/**
 * What is wrong with this object alone. Who may list no more than a prefix is told of an object that is gone that access is
 * denied, so the prefix is asked. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
async function faultOf(
  bucket: Bucket,
  { key, etag, versionId }: S3Object,
  error: unknown,
  signal: AbortSignal,
): Promise<ObjectFault | undefined> {
  const { name, $metadata } = error as Partial<S3ServiceException>
  const status = $metadata?.httpStatusCode
  if (name === 'InvalidObjectState') return new ObjectFault(`the object ${key} is archived; restore it first`)
  const isGone = name === 'NoSuchKey' || name === 'NoSuchVersion'
  if (!isGone && (versionId !== undefined || (status !== 412 && status !== 403))) return undefined
  const present = isGone ? undefined : await objectAt(bucket, key, signal)
  if (present?.etag === etag) return undefined
  if (present === undefined) return new ObjectFault(`the object ${key} was deleted`)
  return new ObjectFault(
    `the object ${key} was replaced: its ETag was ${etag}, and is ${present.etag}; keep versions of objects that are written over`,
  )
}
