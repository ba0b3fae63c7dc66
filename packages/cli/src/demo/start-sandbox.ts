import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { PortTaken, type RunningStatus, type Sandbox } from '@causeway-aws/sandbox'
import type { Terminal } from '../terminal.ts'

/** Starts the sandbox; where its usual port is somebody else's, on a free one, since a person who runs the demo did not ask for any. */
export async function startSandbox(
  sandbox: Sandbox,
  port: number | undefined,
  { note }: Terminal,
): Promise<RunningStatus> {
  if (port !== undefined) return sandbox.start({ port })
  try {
    return await sandbox.start()
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error
    const free = await freePort()
    note(`${error.message} The demo takes port ${free} instead.`)
    return sandbox.start({ port: free })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
