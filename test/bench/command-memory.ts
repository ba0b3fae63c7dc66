import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compared, type Figure, measured } from './figure.ts'
import { startInstantS3 } from './instant-s3.ts'
import { startInstantSqs } from './instant-sqs.ts'
import { linesOf } from './large-body/src/handler.ts'
import { inPairs, type Pair } from './pairs.ts'
import { putLines } from './put-lines.ts'

const gibibyte = 1024 ** 3
const causeway = fileURLToPath(new URL('../../packages/cli/bin/causeway.js', import.meta.url))
const peer = fileURLToPath(new URL('./transfer-once.cjs', import.meta.url))
const reporting = fileURLToPath(new URL('./report-memory.cjs', import.meta.url))

/** The most memory of a command that works on 1 GiB, beside a script that uploads or downloads it and does nothing else. */
export async function* commandMemory(): AsyncGenerator<Figure> {
  await using cleanup = new AsyncDisposableStack()
  const s3 = cleanup.use(await startInstantS3())
  const sqs = cleanup.use(await startInstantSqs())
  const folder = await mkdtemp(join(tmpdir(), 'causeway-bench-'))
  cleanup.defer(() => rm(folder, { recursive: true }))
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL: sqs.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
  }
  const peak = (args: readonly string[]) => megabytes(args, env)

  const body = join(folder, 'body')
  await pipeline(linesOf(gibibyte), createWriteStream(body))
  const edge = 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo'
  const send = [
    causeway,
    'edge',
    'send',
    edge,
    '--type',
    'scan',
    '--body-file',
    body,
    '--bodies-bucket',
    'orders-bodies',
  ]
  const sent = await inPairs(
    3,
    () => peak(send),
    () => peak([peer, 'upload', 'orders-bodies', 'orders/peer', body]),
  )
  yield held('edge send --body-file', sent, 120)

  await putLines(s3.endpoint, 'orders.ndjson', Math.ceil(gibibyte / 1_000))
  for (const output of ['raw', 'ndjson']) {
    const read = await inPairs(
      5,
      () => peak([causeway, 's3', 'read', '--bucket', 'partner-exports', '--prefix', 'orders', '--output', output]),
      () => peak([peer, 'download', 'partner-exports', 'orders.ndjson']),
    )
    yield held(`s3 read --output ${output}`, read, 150)
  }
}

/** Held to what it comes to, and not to its peer. */
function held(name: string, pairs: readonly Pair<number>[], most: number): Figure {
  const ours = pairs.map(([own]) => own)
  return { ...measured(name, ours, { at: 'most', limit: most }), ...compared(name, pairs) }
}

async function megabytes(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // What it prints is thrown away by a shell: through this process it would wait for it.
  const command = [process.execPath, '--require', reporting, ...args]
  const { stderr } = await promisify(execFile)('sh', ['-c', 'exec "$@" > /dev/null', 'sh', ...command], { env })
  return (Number(stderr.trim().split('\n').at(-1)) * 1_024) / 1e6
}
