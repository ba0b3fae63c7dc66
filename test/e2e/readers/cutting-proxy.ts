import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, request } from 'node:http'
import { createSecureServer, Http2ServerResponse, type SecureServerOptions } from 'node:http2'
import type { AddressInfo } from 'node:net'

/** Stands between a client and a server, and ends connections in the middle of what is downloaded, or given by Kinesis. */
export interface CuttingProxy extends AsyncDisposable {
  readonly endpoint: string
  /** To be set by a test: after how many bytes of the body each of the next downloads is cut. */
  cuts: number[]
  /** What was asked for, of each object: the range, or `all`. */
  readonly ranges: string[]
  /** The version of HTTP that each download was asked for by. */
  readonly versions: string[]
  /** How many downloads are on their way. */
  readonly open: number
}

/** With a certificate it is spoken to by TLS, and then by HTTP/2 or 1.1. */
export async function startCuttingProxy(
  target: string,
  certificate?: Required<Pick<SecureServerOptions, 'key' | 'cert'>>,
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  let open = 0
  const forward: RequestListener = (incoming, outgoing) => {
    const { method, url = '', headers } = incoming
    const isOfStream = /\.(GetRecords|SubscribeToShard)$/.test(`${headers['x-amz-target']}`)
    const isDownload = isOfStream || url.includes('x-id=GetObject')
    if (isDownload) {
      proxy.ranges.push(headers.range ?? 'all')
      proxy.versions.push(incoming.httpVersion)
    }
    const cut = isDownload ? proxy.cuts.shift() : undefined
    const breakOff = (): void => {
      if (outgoing instanceof Http2ServerResponse) outgoing.stream.session?.destroy()
      else outgoing.socket?.destroy()
    }
    const forwarded = request({ hostname, port, method, path: url, headers: ofMessage(headers) }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, ofMessage(answer.headers))
      if (cut === undefined) return void answer.pipe(outgoing)
      if (cut === 0) return breakOff()
      let left = cut
      answer.on('data', (chunk: Buffer) => {
        if (left <= 0) return
        const last = chunk.length >= left
        outgoing.write(chunk.subarray(0, left), () => last && breakOff())
        left -= chunk.length
      })
      answer.on('end', () => left > 0 && breakOff())
    })
    if (isDownload) open += 1
    outgoing.on('close', () => {
      if (isDownload) open -= 1
      forwarded.destroy()
    })
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  }
  const server = certificate
    ? createSecureServer({ ...certificate, allowHTTP1: true }, forward as never)
    : createServer(forward)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const proxy: CuttingProxy = {
    endpoint: `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: [],
    ranges: [],
    versions: [],
    get open() {
      return open
    },
    async [Symbol.asyncDispose]() {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return proxy
}

/** Headers that are not of one connection, nor of HTTP/2 alone. */
const ofMessage = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(:|(connection|keep-alive|transfer-encoding)$)/.test(name)),
  )
