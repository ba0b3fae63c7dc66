import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LocalError, lastLines, must, run } from './command.ts'
import { install, isDebianRoot, which } from './debian.ts'

/** A Docker engine that answers; when we started it, it ends with this. */
export interface Engine extends AsyncDisposable {
  readonly env: NodeJS.ProcessEnv
}

export interface EngineOptions {
  /** Whether an engine may be installed and started where none answers. */
  readonly mayStart: boolean
  readonly folder: string
  readonly onStep: (line: string) => void
}

/** What has to be there, and the package it comes in; the client has its own since Debian 13. */
const programs = [
  ['dockerd', 'docker.io'],
  ['docker', 'docker-cli'],
] as const

/** The network that dockerd makes for its containers. */
const bridge = '/sys/class/net/docker0'

/** The Docker engine of this machine, or one that is started for the while. */
export async function dockerEngine({ mayStart, folder, onStep }: EngineOptions): Promise<Engine> {
  const theMachines = { env: process.env, [Symbol.asyncDispose]: async () => {} }
  if (await answers(process.env)) return theMachines
  if (!mayStart || !isDebianRoot()) {
    throw new LocalError(
      'No Docker engine answers. Start yours; on Debian, as root, --start-engine (or CI=true) installs one and stops it again.',
    )
  }
  for (const [program, name] of programs) {
    if ((await which(program)) !== undefined) continue
    onStep(`installing ${name}`)
    await install([name])
  }
  if (await answers(process.env)) return theMachines // under systemd the package starts it
  onStep('starting dockerd')
  return start(folder)
}

/** The address by which an engine's containers reach this machine. */
export async function gatewayOf({ env }: Engine): Promise<string> {
  const format = '{{(index .IPAM.Config 0).Subnet}} {{(index .IPAM.Config 0).Gateway}}'
  const network = ['network', 'inspect', 'bridge', '--format', format]
  const [subnet = '', gateway = ''] = (await must('Asking the engine for its network', 'docker', network, { env }))
    .trim()
    .split(' ')
  // Docker 28 leaves it out until the engine has been started twice; it is the first address of the subnet.
  return gateway || subnet.replace(/\d+\/\d+$/, '1')
}

async function answers(env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await run('docker', ['info'], { env })).code === 0
}

async function start(folder: string): Promise<Engine> {
  mkdirSync(folder, { recursive: true })
  // One per checkout. Not in the checkout: a socket's path has at most 107 characters.
  const runtime = `/run/causeway-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
  const socket = `unix://${runtime}.sock`
  const log = join(folder, 'dockerd.log')
  const hadBridge = existsSync(bridge)
  const child = spawn(
    'dockerd',
    [
      ...['--host', socket, '--data-root', join(folder, 'docker'), '--pidfile', join(folder, 'dockerd.pid')],
      ...['--exec-root', runtime], // has sockets in it
      // Ports are published without it too, and the machine's firewall stays as it is.
      '--iptables=false',
    ],
    { stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')] },
  )
  process.once('exit', () => child.kill()) // when we are stopped half-way
  const env = { ...process.env, DOCKER_HOST: socket }
  for (const deadline = Date.now() + 30_000; !(await answers(env)); await sleep(100)) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > deadline) {
      child.kill()
      throw new LocalError(`dockerd did not start; ${log} ends with:\n${lastLines(readFileSync(log, 'utf8'))}`)
    }
  }
  return { env, [Symbol.asyncDispose]: () => stop(child, hadBridge) }
}

async function stop(child: ChildProcess, hadBridge: boolean): Promise<void> {
  if (child.exitCode === null && child.kill()) await once(child, 'exit')
  if (!hadBridge) await run('ip', ['link', 'delete', basename(bridge)]) // dockerd leaves it behind
}
