import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { memoryCheckpoints, read, s3Source } from '@causeway-aws/readers'
import { compared, type Figure } from './figure.ts'
import { startInstantS3 } from './instant-s3.ts'
import { inPairs } from './pairs.ts'

const mebibyte = 1024 ** 2
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' }

/** Mebibytes a second of an object of NDJSON, read with checkpoints, beside readline and beside a download that is thrown away. */
export async function* s3Ndjson(): AsyncGenerator<Figure> {
  await using s3 = await startInstantS3()
  const client = new S3Client({ endpoint: s3.endpoint, region: 'eu-west-1', credentials, forcePathStyle: true })
  const Bucket = 'partner-exports'
  for (const [index, { title, lineBytes, texts, limits }] of objects.entries()) {
    const lines = Math.floor((128 * mebibyte) / lineBytes)
    const Body = Buffer.alloc(lines * lineBytes, Buffer.concat(texts.map((text) => lineOf(lineBytes, text))))
    const Key = `orders/${index}.ndjson`
    await client.send(new PutObjectCommand({ Bucket, Key, Body }))

    /** How fast somebody sees all lines, whom each is counted by. */
    const perSecond = async (count: () => Promise<number>) => {
      const start = performance.now()
      const counted = await count()
      if (counted !== lines) throw new Error(`${counted} lines were read, and there are ${lines}`)
      return (Body.length / mebibyte / (performance.now() - start)) * 1_000
    }
    const download = async () => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body as Readable

    const ours = () =>
      perSecond(async () => {
        let count = 0
        const onBatch = async (records: readonly unknown[]) => {
          count += records.length
        }
        const source = s3Source({ bucket: Bucket, prefix: Key, client })
        await read({ source, checkpoints: memoryCheckpoints(), onBatch })
        return count
      })
    const byReadline = () =>
      perSecond(async () => {
        let count = 0
        for await (const _ of createInterface({ input: await download() })) count += 1
        return count
      })
    const drained = () =>
      perSecond(async () => {
        let bytes = 0
        for await (const chunk of await download()) bytes += chunk.length
        return bytes / lineBytes
      })

    yield compared(`${title}, beside readline`, await inPairs(8, ours, byReadline), limits?.readline)
    yield compared(`${title}, beside draining`, await inPairs(20, ours, drained), limits?.draining)
  }
}

const limits = { readline: { at: 'least', limit: 1.8 }, draining: { at: 'least', limit: 0.7 } } as const

/** What readline makes of lines depends on what is in them: of ASCII it makes strings without looking at a character. */
const objects = [
  { title: '1 KB, ASCII', lineBytes: 1_000, texts: ['x'], limits },
  { title: '1 KB, not all ASCII', lineBytes: 1_000, texts: ['é'], limits },
  { title: '1 KB, one in 50 not ASCII', lineBytes: 1_000, texts: [...Array(49).fill('x'), 'é'] },
  { title: '200 bytes, ASCII', lineBytes: 200, texts: ['x'] },
]

function lineOf(bytes: number, text: string): Buffer {
  const [head, tail] = [Buffer.from('{"order":1001,"note":"'), Buffer.from('"}\n')]
  const note = Buffer.alloc(bytes - head.length - tail.length - 1, text)
  return Buffer.concat([head, note, Buffer.from(' '), tail])
}
