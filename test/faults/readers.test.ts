import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { clientOptions } from '@causeway-aws/sandbox'
import { expect, it } from 'vitest'
import { createTable } from '../dynamodb.ts'
import { sandboxDirectory, testSandbox, variablesOf } from '../sandbox.ts'
import { reset, slowDown } from './faults.ts'
import { type Fault, startFaultProxy } from './proxy.ts'
import type { ReadingBucket } from './readers/read-bucket.ts'
import { fraction, seeded } from './seeded.ts'
import { messageCount, seed } from './settings.ts'
import { report, round } from './soak/rounds.ts'

const sandbox = testSandbox()
const isLong = messageCount >= 10_000
const objects = 20
/** Of each object. Of all of them 10,000, and 200,000 in a long run. */
const recordCount = messageCount
const batchRecords = Math.ceil(recordCount / 20)
const lease = 1_000

/** The connection breaks in the middle of what is downloaded. */
const cut: Fault = {
  name: 'cut',
  async befall({ forward, answer }) {
    const { status, headers, body } = await forward()
    const half = Buffer.from(body).subarray(0, body.length / 2)
    answer({ status, headers: { ...headers, connection: 'close' }, body: half })
  },
}

const linesOf = (object: number): string[] =>
  Array.from({ length: recordCount }, (_, number) => `${JSON.stringify({ object, number })}\n`)

/** What S3 has of an object: its lines as they are, gzip in members, or zstd in frames. */
function stored(object: number, lines: readonly string[]): Buffer {
  const half = Math.floor(lines.length / 2)
  const halves = [lines.slice(0, half), lines.slice(half)].map((some) => Buffer.from(some.join('')))
  const store = [Buffer.from, gzipSync, zstdCompressSync][object % 3] as (part: Buffer) => Buffer
  return Buffer.concat(halves.map((part) => store(part)))
}

/** The numbers of each object, in the order in which they were given. */
async function numbersOf(file: string): Promise<number[][]> {
  const given = Array.from({ length: objects }, (): number[] => [])
  for (const line of (await readFile(file, 'utf8')).trimEnd().split('\n')) {
    const { object, number }: { object: number; number: number } = JSON.parse(line)
    given[object]?.push(number)
  }
  return given
}

/** How often what was given goes back, and over how many records at most. What is left out, or overtaken, throws. */
function repetitionsOf(numbers: readonly number[]): { times: number; longest: number } {
  let [next, reached, times, longest] = [0, 0, 0, 0]
  for (const number of numbers) {
    if (number > next) throw new Error(`${number} was given when it was the turn of ${next}`)
    if (number < next) {
      times += 1
      longest = Math.max(longest, reached - number)
    }
    next = number + 1
    reached = Math.max(reached, next)
  }
  if (reached !== recordCount) throw new Error(`${reached} of ${recordCount} were given`)
  return { times, longest }
}

it.each(['file', 'table'] as const)(
  'A reader of a bucket with its checkpoints in a %s that is killed again and again and cut at random gives all records in order, and again no more than a batch of each object',
  (kind) =>
    round(seed, async () => {
      const options = clientOptions(await sandbox.credentials('partner'))
      const partner = new S3Client(options)
      const bucket = `faults-${crypto.randomUUID()}`
      await partner.send(new CreateBucketCommand({ Bucket: bucket }))
      let total = 0
      for (let object = 0; object < objects; object += 1) {
        const lines = linesOf(object)
        total += lines.join('').length
        const put = { Bucket: bucket, Key: `orders/${object}`, Body: stored(object, lines) }
        await partner.send(new PutObjectCommand(put))
      }

      await using proxy = await startFaultProxy(options.endpoint)
      const downloads = seeded(seed, [
        [reset, 0.05],
        [slowDown, 0.05],
        [cut, 0.2],
      ])
      proxy.inject = (call) => (call.action === 'GetObject' ? downloads(call) : undefined)

      const folder = await mkdtemp(join(sandboxDirectory(), 'reader-'))
      const given = join(folder, 'given')
      const table = `checkpoints-${crypto.randomUUID()}`
      await createTable(new DynamoDBClient(options), table)
      const checkpoints = kind === 'file' ? { file: join(folder, 'checkpoints') } : { table }
      const reading: ReadingBucket = { bucket, batchRecords, checkpoints, lease, given }
      const env = await variablesOf('partner')
      const begin = (): ChildProcess =>
        spawn(
          process.execPath,
          [
            '--conditions=causeway-source',
            join(import.meta.dirname, 'readers/read-bucket.ts'),
            JSON.stringify(reading),
          ],
          { env: { ...env, AWS_ENDPOINT_URL: proxy.endpoint }, stdio: ['ignore', 'inherit', 'inherit'] },
        )
      // By a table each reader waits for the lease of the one before.
      const kills = isLong || kind === 'file' ? 10 : 3
      const sizeNow = async () => (await stat(given).catch(() => ({ size: 0 }))).size

      let killed = 0
      for (; killed < kills; killed += 1) {
        const child = begin()
        const ended = once(child, 'exit')
        // Some time after it has given its share: in the middle of whatever it does then.
        const share = (total * (killed + fraction(`${seed} kill ${killed}`))) / (kills + 1)
        while ((await sizeNow()) < share && child.exitCode === null) await sleep(2)
        await sleep(20 * fraction(`${seed} moment ${killed}`))
        child.kill('SIGKILL')
        if ((await ended)[1] !== 'SIGKILL') break
        if (kind === 'table') await sleep(lease)
      }
      const last = begin()
      expect(await once(last, 'exit')).toEqual([0, null])

      const repetitions = (await numbersOf(given)).map(repetitionsOf)
      const times = repetitions.reduce((sum, { times }) => sum + times, 0)
      const longest = Math.max(...repetitions.map(({ longest }) => longest))
      report(`A bucket, by a ${kind}`, { records: objects * recordCount, killed, repetitions: times, longest }, proxy)
      expect(killed).toBe(kills)
      expect(times).toBeLessThanOrEqual(kills * objects)
      expect(longest).toBeLessThanOrEqual(batchRecords)
    }),
  300_000 + messageCount * 60,
)
