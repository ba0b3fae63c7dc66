import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Ports that containers reach, until it is disposed of. */
export type Forwarding = AsyncDisposable

/** Has ports of this machine's loopback answer at another of its addresses, too: the one by which containers reach it. */
export async function forward(address: string, ports: readonly number[]): Promise<Forwarding> {
  await using undo = new AsyncDisposableStack()
  for (const port of ports) undo.use(await listen(address, port))
  return undo.move()
}

async function listen(address: string, port: number): Promise<Disposable> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const onward = connect(port, '127.0.0.1')
    socket.pipe(onward).pipe(socket)
    for (const [end, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(end)
      end.on('error', () => other.destroy())
      end.on('close', () => sockets.delete(end))
    }
  })
  server.listen(port, address)
  await once(server, 'listening')
  return {
    [Symbol.dispose]() {
      server.close()
      // A container that is gone closes none of them.
      for (const socket of sockets) socket.destroy()
    },
  }
}
