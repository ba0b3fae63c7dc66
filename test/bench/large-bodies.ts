import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createGunzip, createGzip } from 'node:zlib'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { createLargeBodies } from '@causeway-aws/edge'
import { bundleOf } from './bundle.ts'
import { compared, type Figure, measured } from './figure.ts'
import { startInstantS3 } from './instant-s3.ts'
import { type BodyEvent, type BodyResult, linesOf } from './large-body/src/handler.ts'
import { inPairs } from './pairs.ts'

const mebibyte = 1024 ** 2
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' }

/** Mebibytes a second of a body, beside lib-storage and a streamed download, which check nothing. */
export async function* largeBodies(): AsyncGenerator<Figure> {
  const bytes = 64 * mebibyte
  await using s3 = await startInstantS3()
  const config = { endpoint: s3.endpoint, region: 'eu-west-1', credentials }
  const bodies = createLargeBodies({
    bucket: 'orders-bodies',
    prefix: 'orders/',
    bucketOwner: '111111111111',
    client: config,
  })
  const client = new S3Client(config)
  const object = { Bucket: 'orders-bodies', Key: 'orders/peer' }
  const perSecond = async (run: () => Promise<unknown>) => {
    const start = performance.now()
    await run()
    return (bytes / mebibyte / (performance.now() - start)) * 1_000
  }

  const stored = await inPairs(
    8,
    () => perSecond(() => bodies.store(linesOf(bytes))),
    () => perSecond(() => new Upload({ client, params: { ...object, Body: gzipped(bytes) } }).done()),
  )
  yield compared('store, 64 MiB', stored, { at: 'least', limit: 0.8 })

  const reference = await bodies.store(linesOf(bytes))
  const streamed = await inPairs(
    20,
    () => perSecond(() => drained(bodies.stream(reference))),
    () =>
      perSecond(async () => {
        const { Body } = await client.send(new GetObjectCommand({ ...object, Key: reference.key }))
        await pipeline(Body as Readable, createGunzip(), drained)
      }),
  )
  yield compared('stream, 64 MiB', streamed, { at: 'least', limit: 0.8 })
}

/** The most memory of a process that stores, or reads, a body of 1 GiB: of all of it, Node and S3's client included. */
export async function* largeBodyMemory(): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-bench-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(folder, { recursive: true }))
  const { endpoint } = cleanup.use(await startInstantS3())
  const file = await bundleOf(new URL('./large-body/src/handler.ts', import.meta.url), folder)

  const { reference, peak } = await handleOnce(file, { endpoint, bytes: 1024 * mebibyte })
  const limit = { at: 'most', limit: 120 } as const
  yield measured('store, 1 GiB', [peak / mebibyte], limit)
  const peaks: number[] = []
  for (let run = 0; run < 3; run += 1) peaks.push((await handleOnce(file, { endpoint, reference })).peak / mebibyte)
  yield measured('stream, 1 GiB', peaks, limit)
}

const handleScript = fileURLToPath(new URL('./handle-once.cjs', import.meta.url))

async function handleOnce(file: string, event: BodyEvent): Promise<BodyResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [handleScript, file, JSON.stringify(event)])
  return JSON.parse(stdout)
}

function gzipped(bytes: number): Readable {
  return Readable.from(linesOf(bytes)).pipe(createGzip())
}

async function drained(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}
