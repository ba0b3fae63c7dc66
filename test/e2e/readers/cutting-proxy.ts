import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands between a client and a server, and ends connections in the middle of what is downloaded, or pushed by Kinesis. */
export interface CuttingProxy extends AsyncDisposable {
  readonly endpoint: string
  /** To be set by a test: after how many bytes of the body each of the next downloads is cut. */
  cuts: number[]
  /** What was asked for, of each object: the range, or `all`. */
  readonly ranges: string[]
  /** How many downloads are on their way. */
  readonly open: number
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  let open = 0
  const server = createServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming
    const isPush = headers['x-amz-target']?.toString().endsWith('.SubscribeToShard') === true
    const isDownload = isPush || url.includes('x-id=GetObject')
    if (isDownload) proxy.ranges.push(headers.range ?? 'all')
    const cut = isDownload ? proxy.cuts.shift() : undefined
    const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
      if (cut === undefined) return void answer.pipe(outgoing)
      if (cut === 0) return void outgoing.socket?.destroy()
      let left = cut
      answer.on('data', (chunk: Buffer) => {
        if (left <= 0) return
        const last = chunk.length >= left
        outgoing.write(chunk.subarray(0, left), () => last && outgoing.socket?.destroy())
        left -= chunk.length
      })
    })
    if (isDownload) open += 1
    outgoing.on('close', () => {
      if (isDownload) open -= 1
      forwarded.destroy()
    })
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const proxy: CuttingProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: [],
    ranges: [],
    get open() {
      return open
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return proxy
}
