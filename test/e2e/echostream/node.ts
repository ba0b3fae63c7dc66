import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sandbox } from '@causeway-aws/sandbox'
import { root } from '../../sandbox.ts'

/** A message as an object of the class `Message` of echostream-node has it. */
export interface EchoStreamMessage {
  body: string
  groupId: string | null
  /** In characters: of the body, and of the attributes that the class knows. */
  length: number
  messageType: string
  previousTrackingIds: string[] | null
  trackingId: string
}

/** What the class is made with. */
export interface EchoStreamFields {
  body: string
  group_id?: string | undefined
  previous_tracking_ids?: string[] | undefined
  tracking_id?: string | undefined
}

/** A process of home with a node of the package echostream-node in it, until it is disposed of. */
export interface EchoStreamNode extends AsyncDisposable {
  self: EchoStreamSelf
  /** What it received so far, in that order. */
  received(): EchoStreamMessage[]
  /** What it logged so far. */
  logged(): string
  /** Makes a message and gives it to an `AppNode`, which sends it later. */
  send(fields: EchoStreamFields): Promise<EchoStreamMessage>
  /** Stores bulk data, and returns where it can be got. */
  store(bulk: string): Promise<string>
  /** Gives a `LambdaNode` an event, and returns its answer. */
  handle(event: object): Promise<unknown>
}

/** What a node was told of itself when it started. */
interface EchoStreamSelf {
  started: string
  app: string
  config: object
  receives: string | null
  sends: string | null
  /** Queue URLs by the names of edges. */
  sources: Record<string, string>
  targets: Record<string, string>
  stopped: boolean
}

/** What node.py prints. */
interface Line extends Partial<EchoStreamSelf> {
  stored?: string
  sent?: EchoStreamMessage
  received?: EchoStreamMessage
  answer?: unknown
}

/** Starts a node with these queues, and waits until it has logged in and knows them. */
export async function echoStreamNode(
  sandbox: Sandbox,
  edges: { receive?: string; send?: string },
  args: string[] = [],
): Promise<EchoStreamNode> {
  const { PATH = '' } = process.env
  const env = { PATH, PYTHONDONTWRITEBYTECODE: '1', ...(await sandbox.environment('home')) }
  const queues = Object.entries(edges).flatMap(([flag, queueUrl]) => [`--${flag}`, queueUrl])
  return echoStreamProcess(env, [...queues, ...args])
}

/** Starts one of an app of ours, which logs in and asks for its edges where these variables say. */
export const vendedNode = (variables: Record<string, string>, args: string[] = []): Promise<EchoStreamNode> =>
  echoStreamProcess({ PATH: process.env.PATH ?? '', PYTHONDONTWRITEBYTECODE: '1', ...variables }, ['--vended', ...args])

async function echoStreamProcess(env: Record<string, string>, args: string[]): Promise<EchoStreamNode> {
  const python = join(root, '.venv/test/bin/python')
  const child = spawn(python, [join(import.meta.dirname, 'node.py'), ...args], { env })
  const ended = once(child, 'close')
  const { lines, logged } = whatItSays(child)
  const self = (await said('started', 1)) as EchoStreamSelf

  async function said(name: keyof Line, count: number): Promise<Line> {
    const late = AbortSignal.timeout(30_000)
    while (!late.aborted && child.exitCode === null) {
      const line = lines.filter((line) => name in line)[count - 1]
      if (line !== undefined) return line
      await sleep(10)
    }
    throw new Error(`The node of EchoStream did not say "${name}". Its log:\n${logged()}`)
  }

  function ask(name: keyof Line, line: object): Promise<Line> {
    const count = lines.filter((line) => name in line).length + 1
    child.stdin.write(`${JSON.stringify(line)}\n`)
    return said(name, count)
  }

  return {
    self,
    logged,
    received: () => lines.flatMap(({ received }) => received ?? []),
    send: async (fields) => (await ask('sent', fields)).sent as EchoStreamMessage,
    store: async (bulk) => (await ask('stored', { bulk })).stored ?? '',
    handle: async (event) => (await ask('answer', event)).answer,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function whatItSays({ stdout, stderr }: ChildProcessWithoutNullStreams) {
  const lines: Line[] = []
  createInterface({ input: stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  let log = ''
  stderr.setEncoding('utf8').on('data', (chunk) => {
    log += chunk
  })
  return { lines, logged: () => log }
}
