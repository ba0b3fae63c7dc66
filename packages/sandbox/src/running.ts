import { type Keys, readKeys } from './accounts.ts'
import { SandboxNotRunning } from './errors.ts'
import { directoryOf, type Health, healthOf } from './health.ts'
import type { Layout } from './layout.ts'
import { findServer, type ServerRecord } from './server.ts'

/** A sandbox that answers, and the keys of its accounts. */
export interface Running {
  server: ServerRecord
  health: Health
  keys: Keys
}

/** The checkout's sandbox, if it answers. */
export async function findRunning(layout: Layout): Promise<Running | undefined> {
  const server = await findServer(layout)
  const health = server && (await answerOf(server))
  const keys = health && (await readKeys(layout.keysFile))
  return server && health && keys && { server, health, keys }
}

/** The checkout's sandbox, or the error that says that none is running. */
export async function expectRunning(layout: Layout): Promise<Running> {
  const found = await findRunning(layout)
  if (found === undefined) throw await notRunning(layout)
  return found
}

/** What a recorded server answers; undefined when it hangs, or when its port is another's. */
export async function answerOf({ port, directory }: ServerRecord): Promise<Health | undefined> {
  const answer = await healthOf(port)
  return answer !== undefined && directoryOf(answer) === directory ? answer : undefined
}

/** Says which process hangs, or that there is none. */
export async function notRunning(layout: Layout): Promise<SandboxNotRunning> {
  const { directory } = layout
  const server = await findServer(layout)
  return new SandboxNotRunning(
    server === undefined
      ? `No sandbox is running in ${directory}. Start one with \`npx causeway sandbox start\`.`
      : `Process ${server.pid}, the sandbox of ${directory}, does not answer. Start it anew with \`npx causeway sandbox start\`, or end it with \`npx causeway sandbox stop\`.`,
  )
}
