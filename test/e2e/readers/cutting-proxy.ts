import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands between a client and the sandbox, and ends connections in the middle of what is downloaded. */
export interface CuttingProxy extends AsyncDisposable {
  readonly endpoint: string
  /** To be set by a test: after how many bytes of the body each of the next downloads is cut. */
  cuts: number[]
  /** What was asked for, of each object: the range, or `all`. */
  readonly ranges: string[]
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming
    const isDownload = url.includes('x-id=GetObject')
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
    incoming.pipe(forwarded)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const proxy: CuttingProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: [],
    ranges: [],
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return proxy
}
