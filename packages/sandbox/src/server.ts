import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { accountIds } from './accounts.ts'
import { SandboxNotInstalled, SandboxStartFailed } from './errors.ts'
import { directoryOf, editionOf, healthOf } from './health.ts'
import { makeAuthorityFile } from './kafka/certificates.ts'
import { endKafka } from './kafka/server.ts'
import type { Layout } from './layout.ts'
import { isTaken, portTaken } from './port.ts'
import { gone, startOf } from './process.ts'
import { REGION } from './region.ts'
import { pinnedVersion } from './version.ts'

/** Which process serves this checkout's sandbox. */
export interface ServerRecord {
  /** A checkout may be copied with its `.causeway`: the copy's record is not its own. */
  directory: string
  pid: number
  startedAt: string
  port: number
  keep: boolean
}

const serverRecord: v.GenericSchema<unknown, ServerRecord> = v.strictObject({
  directory: v.string(),
  pid: v.number(),
  startedAt: v.string(),
  port: v.number(),
  keep: v.boolean(),
})

/** The recorded process of a checkout's sandbox while it lives; it may not answer (any more). */
export async function findServer({ directory, recordFile }: Layout): Promise<ServerRecord | undefined> {
  const record = await readRecord(recordFile)
  if (record === undefined || record.directory !== directory) return undefined
  return (await startOf(record.pid)) === record.startedAt ? record : undefined
}

async function readRecord(file: string): Promise<ServerRecord | undefined> {
  try {
    return v.parse(serverRecord, JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** MiniStack, corrected where it differs from AWS. */
const program = fileURLToPath(new URL('../ministack_as_aws.py', import.meta.url))

/** Starts MiniStack in the background, with the state that was kept or else the empty one, and waits until it answers. */
export async function startServer(layout: Layout, port: number, keep: boolean): Promise<ServerRecord> {
  const python = join(layout.venv, 'bin', 'python')
  if (!existsSync(python)) {
    throw new SandboxNotInstalled(
      `The sandbox is not installed: there is no ${python}. Run \`node setup.mjs\` and try again.`,
    )
  }
  await endKafka(layout)
  for (const folder of [layout.scratch, layout.kafka]) await rm(folder, { recursive: true, force: true })
  await mkdir(join(layout.scratch, 'tmp'), { recursive: true })
  // MiniStack unpacks functions in there, beside a CommonJS script of its own: the checkout's package.json is not theirs.
  await writeFile(join(layout.scratch, 'tmp', 'package.json'), '{ "type": "commonjs" }\n')
  await makeAuthorityFile(layout)
  const state = keep ? layout.keptState : join(layout.scratch, 'state')
  if (!existsSync(state) && existsSync(layout.emptyState)) await cp(layout.emptyState, state, { recursive: true })
  await using log = await open(layout.logFile, 'w', 0o600)
  // Its state holds the accounts' keys.
  const child = spawn('/bin/sh', ['-c', 'umask 077 && exec "$0" "$1"', python, program], {
    cwd: layout.scratch,
    env: environmentOf(layout, port, keep, state),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  child.unref()
  const { pid = 0 } = child
  const startedAt = await startOf(pid)
  if (startedAt === undefined) throw await startError(layout, port)
  const record: ServerRecord = { directory: layout.directory, pid, startedAt, port, keep }
  await writeFile(layout.recordFile, JSON.stringify(record), { mode: 0o600 })
  await answering(layout, record)
  return record
}

/** Waits until the server answers; rejects when it has ended, takes too long or is another version. */
async function answering(layout: Layout, record: ServerRecord): Promise<void> {
  const { port } = record
  for (const deadline = Date.now() + START_LIMIT; ; await sleep(25)) {
    const answer = await healthOf(port)
    if ((await findServer(layout)) === undefined) throw await startError(layout, port)
    if (answer !== undefined && directoryOf(answer) === layout.directory) {
      if (answer.version === pinnedVersion()) return
      await endServer({ ...record, keep: false })
      throw new SandboxNotInstalled(
        `${layout.venv} has MiniStack ${answer.version}, but this checkout is made for ${pinnedVersion()}. Run \`node setup.mjs\` and try again.`,
      )
    }
    if (Date.now() > deadline) {
      await endServer({ ...record, keep: false })
      throw await startError(layout, port)
    }
  }
}

// It answers after 0.3 s on two cores; a machine under load gets a hundred times that.
const START_LIMIT = 30_000

/** MiniStack's functions inherit its environment, so it gets nothing of ours; their Node is the first on PATH. */
function environmentOf(layout: Layout, port: number, keep: boolean, state: string): Record<string, string> {
  return {
    HOME: layout.scratch,
    TMPDIR: join(layout.scratch, 'tmp'),
    PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
    // MiniStack's part of a Node function calls url.parse, and would say so in every function's log.
    NODE_OPTIONS: '--disable-warning=DEP0169',
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    // Queue URLs are made of it; `localhost` may be ::1.
    MINISTACK_HOST: '127.0.0.1',
    AUTH: 'true',
    MINISTACK_EDITION: editionOf(layout.directory),
    // Unsigned requests belong to this account.
    MINISTACK_ACCOUNT_ID: accountIds.home,
    MINISTACK_REGION: REGION,
    LAMBDA_EXECUTOR: 'local',
    PERSIST_STATE: '1',
    STATE_DIR: state,
    S3_PERSIST: keep ? '1' : '0',
    S3_DATA_DIR: join(state, 's3'),
    CAUSEWAY_KAFKA_RECORD: layout.kafkaRecordFile,
    NODE_EXTRA_CA_CERTS: layout.kafkaAuthorityFile,
    // Both would take a port of their own, the same one for every sandbox.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
  }
}

async function startError(layout: Layout, port: number): Promise<Error> {
  if (await isTaken(port)) return await portTaken(port, layout.directory)
  const log = await readFile(layout.logFile, 'utf8')
  const last = log.trim().split('\n').at(-1) || 'it wrote nothing'
  return new SandboxStartFailed(
    `MiniStack did not come up on port ${port}; the end of its log ${layout.logFile} is: ${last}`,
  )
}

/** Ends MiniStack and its functions. With `keep` it is given the time to write its state. */
export async function endServer({ pid, startedAt, keep }: ServerRecord): Promise<void> {
  if (keep) {
    process.kill(pid, 'SIGTERM')
    if (await gone(pid, startedAt, 10_000)) return
  }
  // It leads a process group of its own, in which its functions are.
  if ((await startOf(pid)) === startedAt) process.kill(-pid, 'SIGKILL')
  await gone(pid, startedAt, 5000)
}
