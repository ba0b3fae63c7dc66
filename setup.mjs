// Makes this checkout ready to run: npm's packages (among them Node 24) and the Python environments that hold the emulator and SAM CLI.
// Plain JavaScript for Node 20, since it runs before our own Node is there. When nothing is missing it takes a few milliseconds.
//
//   node setup.mjs         npm packages and .venv/sandbox (the emulator)
//   node setup.mjs test    also .venv/test (the plain AWS CLI, EchoStream's node)
//   node setup.mjs sam     also .venv/sam (SAM CLI and cfn-lint)
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const inRoot = (...parts) => join(root, ...parts)

const environments = [
  { name: 'sandbox', requirements: 'packages/sandbox/requirements.txt' },
  { name: 'test', requirements: 'test/requirements.txt' },
  { name: 'sam', requirements: 'infra/requirements.txt' },
]

/** A sentence for the person at the terminal, in place of a stack trace. */
class SetupError extends Error {}

const digest = (files) => {
  // The folder too: scripts of a virtual environment, and links of node_modules, name it.
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${root}`)
  for (const file of files) hash.update(readFileSync(file))
  return hash.digest('hex')
}

const isCurrent = (stamp, wanted) => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted

/** Runs a command quietly; its output is shown only when it fails. */
const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options })

const step = (what, work) => {
  process.stderr.write(`setup: ${what} ... `)
  const start = performance.now()
  try {
    work()
  } catch (error) {
    process.stderr.write('failed\n')
    throw error
  }
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

/** The end of what a command said. A stack trace in it would leave no room for the sentence above it, which names the URL. */
const lastLines = (text, count = 12) => {
  const lines = text.trim().split('\n')
  return lines
    .filter((line) => !/^npm error {5}at /.test(line))
    .slice(-count)
    .join('\n')
}

function packages() {
  const lock = inRoot('package-lock.json')
  const manifests = [inRoot('package.json'), ...workspaceManifests()]
  const stamp = inRoot('node_modules/.causeway-setup')
  if (isCurrent(stamp, digest([lock, ...manifests]))) return
  const before = digest([lock])
  step('npm packages and Node 24, from package-lock.json', () => {
    // `npm ci` refuses the lock where the registry lacks another platform's optional package.
    const result = run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=1'])
    if (result.error)
      throw new SetupError(
        `npm could not be started (${result.error.code}). Install npm beside Node and run this again.`,
      )
    if (result.status !== 0) {
      throw new SetupError(
        `npm install failed; is the npm registry reachable from here? What it said:\n${lastLines(result.stderr || result.stdout)}`,
      )
    }
  })
  if (digest([lock]) !== before) {
    const sentence = 'npm install changed package-lock.json, so it did not match the package.json files.'
    if (process.env.CI === 'true') throw new SetupError(`${sentence} Run npm install and commit the lock.`)
    process.stderr.write(`setup: ${sentence} Commit the new lock.\n`)
  }
  const node = run(inRoot('node_modules/.bin/node'), ['--version'])
  if (!node.stdout?.startsWith('v24.')) {
    throw new SetupError(
      'Node 24 was not put into node_modules/.bin, because npm ran no install scripts (ignore-scripts?). Run: npm rebuild node --ignore-scripts=false',
    )
  }
  writeFileSync(stamp, digest([lock, ...manifests]))
}

function workspaceManifests() {
  const { workspaces } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
  const folders = workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [inRoot(pattern)]
    const parent = inRoot(pattern.slice(0, -2))
    return readdirSync(parent).map((name) => join(parent, name))
  })
  return folders
    .map((folder) => join(folder, 'package.json'))
    .filter((file) => existsSync(file))
    .sort()
}

function isMade({ name, requirements }) {
  const folder = inRoot('.venv', name)
  if (!existsSync(folder)) return false
  // Its python is a link to the system's, which an upgrade may take away.
  return (
    isCurrent(join(folder, '.causeway-setup'), digest([inRoot(requirements)])) &&
    run(join(folder, 'bin/python'), ['-c', '']).status === 0
  )
}

function makeEnvironment(python, { name, requirements }) {
  const folder = inRoot('.venv', name)
  step(`.venv/${name}, from ${requirements}`, () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(inRoot('.venv'), { recursive: true })
    const venv = run(python, ['-m', 'venv', folder])
    if (venv.status !== 0) {
      rmSync(folder, { recursive: true, force: true })
      throw new SetupError(
        `Python cannot make a virtual environment: its venv module is missing. On Debian and Ubuntu: apt-get install python3-venv. What it said:\n${lastLines(venv.stdout + venv.stderr, 6)}`,
      )
    }
    // The file names every package; older versions of pip refuse hashes when one of them asks for another's extras.
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps']
    const pip = run(join(folder, 'bin/python'), [...install, '-r', inRoot(requirements)])
    if (pip.status !== 0) {
      throw new SetupError(
        `pip install failed; is PyPI reachable from here? What it said:\n${lastLines(pip.stderr || pip.stdout)}`,
      )
    }
    writeFileSync(join(folder, '.causeway-setup'), digest([inRoot(requirements)]))
  })
}

function findPython() {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : ['python3', 'python']
  const seen = []
  for (const candidate of candidates) {
    const result = run(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
    if (result.status !== 0) {
      if (process.env.PYTHON) seen.push(`PYTHON=${candidate} is no Python that can be run`)
      continue
    }
    const version = result.stdout.trim()
    const [major, minor] = version.split('.').map(Number)
    if (major === 3 && minor >= 10) return candidate
    seen.push(`${candidate} is ${version}`)
  }
  throw new SetupError(
    `Python 3.10 or newer is needed for the sandbox; ${seen.length ? seen.join(', ') : 'none was found'}. Install it, or name one: PYTHON=/path/to/python3 npm run demo`,
  )
}

/** One setup of a checkout at a time: a second one waits, and then finds nothing missing. */
function lock() {
  const file = inRoot('.setup.lock')
  for (let told = false; ; told = true) {
    try {
      writeFileSync(file, `${process.pid} ${startOf(process.pid)}`, { flag: 'wx' })
      process.on('exit', () => rmSync(file, { force: true }))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw new SetupError(`This folder cannot be written to: ${error.message}.`)
    }
    const owner = ownerOf(file)
    if (owner === undefined) rmSync(file, { force: true })
    else if (!told) process.stderr.write(`setup: waiting for the one that ${owner} is making of this checkout\n`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
}

/** The process that holds a lock; undefined when it has ended, or was killed before it wrote who it is. */
function ownerOf(file) {
  try {
    const [pid, start] = readFileSync(file, 'utf8').split(' ')
    if (pid === '') return Date.now() - statSync(file).mtimeMs < 1000 ? 'a process' : undefined
    return startOf(pid) === start ? `process ${pid}` : undefined
  } catch {
    return undefined
  }
}

/** When a process began, as text that is only good for comparing: a process id alone may be another process's by now. */
function startOf(pid) {
  if (process.platform !== 'linux') return run('ps', ['-o', 'lstart=', '-p', String(pid)]).stdout?.trim()
  try {
    // proc_pid_stat(5): field 22, after a command that may hold spaces; one of state Z has ended.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

try {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new SetupError(
      `Node 20 or newer is needed to begin with; this is ${process.version}. Causeway then brings its own Node 24.`,
    )
  }
  lock()
  const missing = environments.filter((it) => (it.name === 'sandbox' || process.argv.includes(it.name)) && !isMade(it))
  const python = missing.length > 0 ? findPython() : '' // before the packages, which take the longest
  packages()
  for (const it of missing) makeEnvironment(python, it)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
