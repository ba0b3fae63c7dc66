import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { PortTaken } from './errors.ts'
import { directoryOf, healthOf } from './health.ts'

/** Whether anything listens on that port of 127.0.0.1. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** The error that says who has the port: a program, or the sandbox of another checkout (or of this one, when its records are gone). */
export async function portTaken(port: number, directory: string): Promise<PortTaken> {
  const { default: findProcess } = await import('find-process')
  const [holder] = await findProcess('port', port, { logLevel: 'error' }).catch(() => [])
  const answer = await healthOf(port)
  const owner = answer && directoryOf(answer)
  const by = holder ? `process ${holder.pid}` : 'another process'
  const end = holder ? `End it with \`kill ${holder.pid}\`` : 'End that'
  if (owner === undefined) return error(`${by}${holder ? ` (${holder.name})` : ''}. ${end}`)
  if (owner === directory) return error(`${by}, a sandbox of this checkout whose records in .causeway are gone. ${end}`)
  if (!existsSync(owner)) return error(`${by}, the sandbox of a checkout that is gone (${owner}). ${end}`)
  return error(`${by}, the sandbox of another checkout (${owner}). Stop it with \`npx causeway sandbox stop\` there`)

  function error(rest: string): PortTaken {
    return new PortTaken(`Port ${port} is taken by ${rest}, or start with --port.`)
  }
}

/** A port of 127.0.0.1 that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
