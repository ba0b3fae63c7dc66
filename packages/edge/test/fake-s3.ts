import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { HttpResponse } from '@smithy/core/transport'

/** What becomes of a request to store an object; without one, it is stored where there is none. */
export type Fault =
  | { status: number; code: string }
  /** It is stored, and the answer never comes. */
  | 'unanswered'

/** What becomes of a request to read an object; without one, it is answered with what is there. */
type ReadFault =
  | { status: number; code: string }
  /** The connection breaks after the first of its chunks. */
  | 'broken off'

export interface FakeS3Options {
  readonly read?: (read: number, key: string) => ReadFault | undefined
  /** How long the chunks are in which an object is answered, in bytes. Default: as long as the object. */
  readonly chunk?: number
}

export interface FakeS3 {
  readonly config: S3ClientConfig
  /** What is stored, by key. */
  readonly objects: Map<string, Buffer>
  /** The keys of all requests to store. */
  readonly puts: string[]
  /** How many requests to read there were. */
  readonly reads: () => number
}

interface Request {
  method: string
  path: string
  headers: Record<string, string>
  body: Uint8Array
}

/** S3 as the SDK's real client sees it over HTTP, with faults on demand, which no emulator has. */
export function fakeS3(
  fault: (put: number, key: string) => Fault | undefined = () => undefined,
  { read = () => undefined, chunk = Number.POSITIVE_INFINITY }: FakeS3Options = {},
): FakeS3 {
  let reads = 0
  const objects = new Map<string, Buffer>()
  const puts: string[] = []

  async function handle({ method, path, headers, body }: Request) {
    const key = decodeURIComponent(path.replace(/^\/audit\//, ''))
    if (method === 'GET') {
      const wanted = read(reads++, key)
      if (typeof wanted === 'object') return refusal(wanted.status, wanted.code)
      const object = objects.get(key)
      return object ? answer(200, chunksOf(object, chunk, wanted)) : refusal(404, 'NoSuchKey')
    }
    const wanted = fault(puts.push(key) - 1, key)
    if (typeof wanted === 'object') return refusal(wanted.status, wanted.code)
    if (headers['if-none-match'] === '*' && objects.has(key)) return refusal(412, 'PreconditionFailed')
    objects.set(key, Buffer.from(body))
    if (wanted === 'unanswered') throw Object.assign(new Error('No answer in time'), { name: 'TimeoutError' })
    return answer(200)
  }

  const config: S3ClientConfig = {
    region: 'us-east-1',
    endpoint: 'https://s3.us-east-1.amazonaws.com',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    requestHandler: { handle: handle as never },
  }
  return { config, objects, puts, reads: () => reads }
}

/** The lines of an object. */
export function linesOf(object: Buffer | undefined): Record<string, unknown>[] {
  const text = gunzipSync(object ?? Buffer.of()).toString('utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

function refusal(status: number, code: string) {
  return answer(status, [`<Error><Code>${code}</Code><Message>${code} on purpose</Message></Error>`])
}

async function* chunksOf(object: Buffer, length: number, fault: 'broken off' | undefined) {
  for (let start = 0; start < object.length; start += length) {
    yield object.subarray(start, start + length)
    if (fault) throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
  }
}

function answer(statusCode: number, body: AsyncIterable<Buffer> | string[] = ['']) {
  const headers = { 'content-type': 'application/xml' }
  return { response: new HttpResponse({ statusCode, headers, body: Readable.from(body) }) }
}
