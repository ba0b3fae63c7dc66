import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { SQSEvent } from 'aws-lambda'
import { bundleOf, trigger } from './bundle.ts'
import { compared, type Figure } from './figure.ts'
import { startInstantSqs } from './instant-sqs.ts'
import { inPairs, type Pair } from './pairs.ts'

/** Milliseconds of a cold start's parts. */
interface ColdStart {
  /**
   * From the start of the process until the function is loaded: what Lambda's Init Duration counts, the runtime's start
   * included. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
   */
  readonly init: number
  /** Of that, the function's own part. */
  readonly load: number
  /** With one message, which is sent on. */
  readonly firstEvent: number
}

const run = promisify(execFile)
const startScript = fileURLToPath(new URL('./start-once.cjs', import.meta.url))

/** How long edge-trigger takes to start, beside the least function that does the same with the same clients. */
export async function* coldStart(): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-bench-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(folder, { recursive: true }))
  const sqs = cleanup.use(await startInstantSqs())

  const ours = await bundleOf(new URL('src/handler.ts', trigger), join(folder, 'edge-trigger'))
  const lazy = await bundleOf(new URL('./bare-lazy/src/handler.ts', import.meta.url), join(folder, 'bare-lazy'))
  const eager = await bundleOf(new URL('./bare-eager/src/handler.ts', import.meta.url), join(folder, 'bare-eager'))
  const event = join(folder, 'event.json')
  await writeFile(event, JSON.stringify(await oneMessage()))
  const start = (handler: string) => () => startOnce(handler, event, sqs.endpoint)

  const alike = await inPairs(80, start(ours), start(lazy))
  yield compared('init, clients made at first event', alike.map(init), { at: 'most', limit: 1.3 })
  yield compared('load alone', alike.map(load))
  yield compared('first event', alike.map(firstEvent))
  yield compared('init and first event', alike.map(both))

  const usual = await inPairs(30, start(ours), start(eager))
  yield compared('init, clients made at load', usual.map(init))
  yield compared('init and first event', usual.map(both))
}

const init = ([ours, peer]: Pair<ColdStart>) => [ours.init, peer.init] as const
const load = ([ours, peer]: Pair<ColdStart>) => [ours.load, peer.load] as const
const firstEvent = ([ours, peer]: Pair<ColdStart>) => [ours.firstEvent, peer.firstEvent] as const
const both = ([ours, peer]: Pair<ColdStart>) => [ours.init + ours.firstEvent, peer.init + peer.firstEvent] as const

/** A bare handler sends a whole event on in one request, edge-trigger each message when it is done: of one both do the same. */
async function oneMessage(): Promise<SQSEvent> {
  const { Records }: SQSEvent = JSON.parse(await readFile(new URL('events/fifo.json', trigger), 'utf8'))
  return { Records: Records.slice(0, 1) }
}

/** One cold start, in a fresh process that has nothing of this one's environment. */
async function startOnce(handler: string, event: string, endpoint: string): Promise<ColdStart> {
  const target = `${endpoint}/222222222222/answers.fifo`
  const env = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL: endpoint,
    TARGET: target,
    TABLE: 'messages',
    IDEMPOTENCY_TABLE: 'messages',
    ROUTES: JSON.stringify({ order: { processor: 'forward', targets: [target] } }),
    MESSAGE_TYPE: 'order',
  }
  const { stdout } = await run(process.execPath, [startScript, handler, event], { env })
  return JSON.parse(stdout.split('\n').at(-1) ?? '')
}
