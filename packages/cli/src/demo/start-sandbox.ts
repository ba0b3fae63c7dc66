import { PortTaken, type RunningStatus, type Sandbox } from '@causeway-aws/sandbox'
import type { Terminal } from '../terminal.ts'

/** Starts the sandbox; where its usual port is somebody else's, on a free one, since a person who runs the demo did not ask for any. */
export async function startSandbox(
  sandbox: Sandbox,
  port: number | 'free' | undefined,
  { note }: Terminal,
): Promise<RunningStatus> {
  if (port !== undefined) return sandbox.start({ port })
  try {
    return await sandbox.start()
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error
    const status = await sandbox.start({ port: 'free' })
    note(`${error.message} The demo has taken port ${status.port} instead.`)
    return status
  }
}
