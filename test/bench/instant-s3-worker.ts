import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { parentPort } from 'node:worker_threads'

// Keeps objects in memory, in a thread of its own, so that what is left to measure is the client.
const objects = new Map<string, Buffer[]>()
const uploads = new Map<string, Buffer[]>()

/** A part may hold anything but what the SDK puts around a stream, which it does not do here: parts are buffers. */
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3')
  const upload = searchParams.get('uploadId') ?? ''
  response.setHeader('etag', '"e"')
  if (searchParams.has('list-type')) {
    response.end(listOf(pathname.replace(/\/$/, ''), searchParams.get('prefix') ?? ''))
  } else if (request.method === 'GET') {
    const parts = objects.get(pathname) ?? []
    response.setHeader('content-length', sizeOf(parts))
    for (const part of parts) {
      if (!response.write(part)) await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end()
  } else if (request.method === 'POST' && upload === '') {
    const id = crypto.randomUUID()
    uploads.set(id, [])
    response.end(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
  } else if (request.method === 'POST') {
    await drained(request)
    // One object at a time: that of the last sample is not needed any more.
    objects.clear()
    objects.set(pathname, uploads.get(upload) ?? [])
    uploads.clear()
    response.end('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>')
  } else if (upload !== '') {
    const part = Number(searchParams.get('partNumber'))
    const bytes = await buffer(request)
    const parts = uploads.get(upload)
    if (parts) parts[part - 1] = bytes
    response.end()
  } else {
    objects.set(pathname, [await buffer(request)])
    response.end()
  }
})
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))

/** The objects of a bucket, all of them in one page. */
function listOf(bucket: string, prefix: string): string {
  const contents = [...objects].flatMap(([path, parts]) => {
    const key = path.slice(bucket.length + 1)
    if (!path.startsWith(`${bucket}/${prefix}`)) return []
    return `<Contents><Key>${key}</Key><ETag>"e"</ETag><Size>${sizeOf(parts)}</Size></Contents>`
  })
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`
}

function sizeOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

async function drained(request: IncomingMessage): Promise<void> {
  for await (const _ of request);
}
