import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request for AWS. */
export interface Call {
  /** As the service names it: `AssumeRole`, `SendMessageBatch`. */
  readonly action: string
  readonly body: string
  /** The body as it is, which need not be text. */
  readonly bytes: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer | string
}

/** A call that arrived at the proxy, and what can become of it. */
interface Exchange {
  readonly call: Call
  /** Hands it to the sandbox as it came, with the host that was signed, and waits for the answer. */
  forward(): Promise<Answer>
  answer(answer: Answer): void
  /** Ends the connection as a reset. */
  reset(): void
}

/** Something that goes wrong between a client and AWS. */
export interface Fault {
  readonly name: string
  readonly befall: (exchange: Exchange) => void | Promise<void>
}

/** Decides what goes wrong with a call; `undefined` when nothing does. */
export type Injector = (call: Call) => Fault | undefined

/** Stands between clients and the sandbox on 127.0.0.1. */
export interface FaultProxy extends AsyncDisposable {
  /** What clients are given as their endpoint. */
  readonly endpoint: string
  /** To be set by a test. Default: nothing goes wrong. */
  inject: Injector
  /** To be set by a test: told of what AWS answers, before the client is and whether or not it ever is. */
  answered: (call: Call, answer: Answer) => void
  /** How often an action was called, whatever became of it. */
  calls(action: string): number
  /** How often each fault was injected, by its name. */
  readonly injected: ReadonlyMap<string, number>
}

/** Starts a proxy to the sandbox at `target`, such as `http://127.0.0.1:4566`. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  const agent = new Agent({ keepAlive: true })
  const calls = new Map<string, number>()
  const injected = new Map<string, number>()

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, url, headers, socket } = incoming
    const body = await buffer(incoming)
    const call = { action: actionOf(incoming, body), body: body.toString(), bytes: body }
    count(calls, call.action)
    const exchange: Exchange = {
      call,
      async forward() {
        const forwarded = request({ agent, hostname, port, method, path: url, headers }).end(body)
        const [answer]: IncomingMessage[] = await once(forwarded, 'response')
        if (answer === undefined) throw new Error('no answer')
        const whole = { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) }
        proxy.answered(call, whole)
        return whole
      },
      answer: ({ status, headers, body }) => void outgoing.writeHead(status, headers).end(body),
      reset: () => socket.resetAndDestroy(),
    }
    const fault = proxy.inject(call)
    if (fault !== undefined) count(injected, fault.name)
    await (fault ?? none).befall(exchange)
  }

  const server = createServer((incoming, outgoing) => {
    // Whatever breaks in here is one more broken connection to the client.
    handle(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')

  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inject: () => undefined,
    answered: () => {},
    calls: (action) => calls.get(action) ?? 0,
    injected,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return proxy
}

const none: Fault = {
  name: 'none',
  befall: async ({ forward, answer }) => answer(await forward()),
}

/**
 * SQS is spoken to in JSON, with the action in a header; STS in forms, with the action among the fields; of S3's actions
 * the SDK says the name in the query.
 */
function actionOf({ headers, url = '' }: IncomingMessage, body: Buffer): string {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return target.slice(target.indexOf('.') + 1)
  const named = /[?&]x-id=(\w+)/.exec(url)?.[1]
  if (named !== undefined) return named
  return new URLSearchParams(body.toString()).get('Action') ?? 'unknown'
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
