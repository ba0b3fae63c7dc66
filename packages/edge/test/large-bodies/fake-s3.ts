import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { HttpResponse } from '@smithy/core/transport'
import { createLargeBodies, type LargeBodies, type LargeBodiesOptions } from '../../src/index.ts'

/** A request as S3 sees it. */
export interface S3Request {
  readonly operation: 'PutObject' | 'GetObject' | 'Create' | 'UploadPart' | 'Complete' | 'Abort'
  readonly key: string
  readonly headers: Record<string, string>
  /** By which it is cut. */
  readonly signal: AbortSignal | undefined
}

/** An error answer, or no answer at all. */
export type S3Fault = { status: number; code: string } | Error

export interface FakeS3 {
  /** What is in the bucket `orders-bodies` of account 111111111111, by key. */
  readonly objects: Map<string, Buffer>
  /** Parts of uploads that were neither completed nor aborted, by upload id. */
  readonly uploads: Map<string, Map<number, Buffer>>
  readonly requests: S3Request[]
  /** Large bodies in this bucket, under `orders/`. */
  bodies(options?: Partial<LargeBodiesOptions>): LargeBodies
}

export interface S3Faults {
  /** What becomes of a request instead of an answer. */
  ofRequest?: (request: S3Request) => S3Fault | undefined | Promise<S3Fault | undefined>
  /** What is sent of an object in place of it. */
  ofObject?: (object: Buffer) => Readable
}

/**
 * S3 as the SDK's real client sees it over HTTP, with faults on demand. Unlike the emulators it refuses a request that
 * expects another owner of the bucket.
 */
export function fakeS3({ ofRequest, ofObject = Readable.from }: S3Faults = {}): FakeS3 {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const requests: S3Request[] = []

  async function handle(http: HttpRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
    const key = decodeURIComponent(http.path.slice(1))
    const request = { operation: operationOf(http), key, headers: http.headers, signal: abortSignal }
    requests.push(request)
    const fault = (await untilAborted(ofRequest?.(request), abortSignal)) ?? refusal(request)
    if (fault instanceof Error) throw fault
    if (fault) return answer(fault.status, `<Error><Code>${fault.code}</Code><Message>No.</Message></Error>`)
    // As of a connection that is slow, what is sent is there until it is answered.
    return served(request, http.query, http.body === undefined ? Buffer.alloc(0) : Buffer.from(http.body))
  }

  function refusal({ operation, key, headers }: S3Request): S3Fault | undefined {
    if (headers['x-amz-expected-bucket-owner'] !== '111111111111') return { status: 403, code: 'AccessDenied' }
    return operation === 'GetObject' && !objects.has(key) ? { status: 404, code: 'NoSuchKey' } : undefined
  }

  function served({ operation, key }: S3Request, { uploadId = '', partNumber }: Record<string, string>, body: Buffer) {
    if (operation === 'GetObject') {
      const object = objects.get(key) ?? Buffer.alloc(0)
      return answer(200, ofObject(object), { 'content-length': String(object.length) })
    }
    if (operation === 'PutObject') objects.set(key, body)
    if (operation === 'Abort') uploads.delete(uploadId)
    if (operation === 'UploadPart') uploads.get(uploadId)?.set(Number(partNumber), body)
    if (operation === 'Create') {
      const id = randomUUID()
      uploads.set(id, new Map())
      return answer(200, `<Result><UploadId>${id}</UploadId></Result>`)
    }
    if (operation === 'Complete') {
      const parts = [...(uploads.get(uploadId) ?? [])].sort(([a], [b]) => a - b).map(([, part]) => part)
      objects.set(key, Buffer.concat(parts))
      uploads.delete(uploadId)
      return answer(200, '<Result><ETag>"e"</ETag></Result>')
    }
    return answer(200, '', { etag: '"e"' })
  }

  const client = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    requestHandler: { handle: handle as never },
  }
  const bodies = (options: Partial<LargeBodiesOptions> = {}) =>
    createLargeBodies({
      bucket: 'orders-bodies',
      prefix: 'orders/',
      bucketOwner: '111111111111',
      client,
      ...options,
    })
  return { objects, uploads, requests, bodies }
}

/** What a stream gave until it ended or failed, and what it failed with. */
export async function drained(stream: AsyncIterable<Uint8Array>): Promise<{ bytes?: Buffer; error?: unknown }> {
  try {
    return { bytes: await buffer(stream) }
  } catch (error) {
    return { error }
  }
}

interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly query: Record<string, string>
  readonly body?: Uint8Array | string
}

function operationOf({ method, query }: HttpRequest): S3Request['operation'] {
  if (method === 'GET') return 'GetObject'
  if (method === 'DELETE') return 'Abort'
  if (method === 'POST') return 'uploadId' in query ? 'Complete' : 'Create'
  return 'uploadId' in query ? 'UploadPart' : 'PutObject'
}

/** As Node's HTTP client does: a request that is aborted has no answer. */
async function untilAborted<Value>(value: Value, signal: AbortSignal | undefined): Promise<Awaited<Value>> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(new DOMException('Request aborted', 'AbortError'))
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  return Promise.race([value, aborted.promise])
}

function answer(statusCode: number, body: string | Readable, headers: Record<string, string> = {}) {
  const stream = typeof body === 'string' ? Readable.from([Buffer.from(body)]) : body
  return {
    response: new HttpResponse({ statusCode, headers: { date: new Date().toUTCString(), ...headers }, body: stream }),
  }
}
