import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { accountsAnswer, type Keys, makeAccounts, readKeys } from './accounts.ts'
import type { StartOptions } from './contract.ts'
import { allCredentials } from './credentials.ts'
import { SandboxAlreadyRunning, SandboxStartFailed } from './errors.ts'
import { endpointOf, type Health } from './health.ts'
import { endKafka } from './kafka/server.ts'
import type { Layout } from './layout.ts'
import { locked } from './lock.ts'
import { freePort, isTaken, portTaken } from './port.ts'
import { answerOf, notRunning } from './running.ts'
import { endServer, findServer, type ServerRecord, startServer } from './server.ts'
import { pinnedVersion } from './version.ts'

const DEFAULT_PORT = 4566

type Progress = (line: string) => void

/** Starts MiniStack unless it runs already. */
export async function start(layout: Layout, { port, keep, onProgress = () => {} }: StartOptions): Promise<void> {
  await mkdir(layout.root, { recursive: true, mode: 0o700 })
  await locked(layout.lockFile, async () => {
    const found = await findServer(layout)
    if (found !== undefined) {
      const answer = await answerOf(found)
      if (answer !== undefined && (await accountsOf(layout)))
        return assertAsAsked(found, answer, port === 'free' ? undefined : port, keep)
      onProgress(`process ${found.pid}, this checkout's MiniStack, hangs or was left half started: it is ended`)
      await endServer({ ...found, keep: false })
    }
    const chosen = port === 'free' ? await freePort() : (port ?? DEFAULT_PORT)
    if (await isTaken(chosen)) throw await portTaken(chosen, layout.directory)
    await startWithAccounts(layout, chosen, keep ?? false, onProgress)
  })
}

/** Ends MiniStack; false when none was running. */
export async function stop(layout: Layout): Promise<boolean> {
  if (!existsSync(layout.root)) return false
  return await locked(layout.lockFile, async () => {
    const found = await findServer(layout)
    await endKafka(layout)
    if (found !== undefined) await endServer(found)
    await rm(layout.recordFile, { force: true })
    return found !== undefined
  })
}

/** Starts MiniStack again, on the same port, with the two administrators and nothing else. */
export async function reset(layout: Layout): Promise<void> {
  if (!existsSync(layout.root)) throw await notRunning(layout)
  await locked(layout.lockFile, async () => {
    const found = await findServer(layout)
    if (found === undefined) throw await notRunning(layout)
    await endServer({ ...found, keep: false })
    await rm(layout.keptState, { recursive: true, force: true })
    await startWithAccounts(layout, found.port, found.keep, () => {})
  })
}

function assertAsAsked(found: ServerRecord, { version }: Health, port?: number, keep?: boolean): void {
  const again = 'Stop it with `npx causeway sandbox stop` and start it again.'
  if (port !== undefined && port !== found.port) {
    throw new SandboxAlreadyRunning(`The sandbox of this checkout runs on port ${found.port}, not ${port}. ${again}`)
  }
  if (keep && !found.keep) {
    throw new SandboxAlreadyRunning(
      `The running sandbox was started without --keep, so its state will be lost. ${again}`,
    )
  }
  if (version !== pinnedVersion()) {
    throw new SandboxAlreadyRunning(
      `The running sandbox is MiniStack ${version}, but this checkout is made for ${pinnedVersion()}. ${again}`,
    )
  }
}

async function startWithAccounts(layout: Layout, port: number, keep: boolean, onProgress: Progress): Promise<void> {
  const isKept = existsSync(layout.keptState)
  if (await startedWithAccounts(layout, port, keep)) {
    if (isKept) onProgress(keep ? LOADED : LEFT)
    return
  }
  if (isKept) onProgress('what was kept is not of these accounts: it is deleted')
  onProgress('making the accounts home and partner, each with an administrator')
  await makeEmptyState(layout, port)
  if (await startedWithAccounts(layout, port, keep)) return
  throw new SandboxStartFailed(
    `MiniStack started on port ${port}, but without its two accounts. Its log is ${layout.logFile}; \`npx causeway sandbox stop\` and deleting ${layout.root} begins anew.`,
  )
}

const LOADED = 'the accounts hold what was kept at the last stop'
const LEFT = 'the accounts are empty; what was kept is there again after `npx causeway sandbox stop` and `start --keep`'

/** The keys, when the accounts were made to the end. */
async function accountsOf({ keysFile, emptyState }: Layout): Promise<Keys | undefined> {
  return existsSync(emptyState) ? await readKeys(keysFile) : undefined
}

/** False, and nothing is running, when there are no accounts yet or the state at hand has not the administrators that the keys are of. */
async function startedWithAccounts(layout: Layout, port: number, keep: boolean): Promise<boolean> {
  const keys = await accountsOf(layout)
  if (keys === undefined) return false
  const server = await startServer(layout, port, keep)
  if (await accountsAnswer(allCredentials(endpointOf(port), keys))) return true
  await endServer({ ...server, keep: false })
  return false
}

/**
 * MiniStack's state with the two administrators in it and nothing else. Each start and reset begins from it, so that the keys,
 * and every terminal that has them, stay good.
 */
async function makeEmptyState(layout: Layout, port: number): Promise<void> {
  await rm(dirname(layout.keysFile), { recursive: true, force: true })
  await rm(layout.keptState, { recursive: true, force: true })
  await mkdir(dirname(layout.keysFile))
  const server = await startServer(layout, port, true)
  try {
    await makeAccounts(endpointOf(port), layout.keysFile)
  } finally {
    await endServer(server)
  }
  await rename(layout.keptState, layout.emptyState)
}
