import { setImmediate } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'
import {
  kafkaTopic,
  kinesisClient,
  kinesisSource,
  memoryCheckpoints,
  type ReadOptions,
  read,
  s3Source,
} from '@causeway-aws/readers'
import { type Cluster, clientOf } from './kafka-cluster.ts'

// Reads one source, until so many records came, and says what memory that took.

/** What is read, and how many records of it. */
export interface MemoryReading {
  readonly from: { readonly kinesis: string } | { readonly s3: string } | { readonly kafka: Cluster }
  readonly name: string
  readonly count: number
}

/** In bytes. */
export interface MemorySample {
  /** The most that the process had when a batch came. */
  readonly peak: number
  /** What is alive when the last records are in hand, they and what was fetched after them included. */
  readonly live: number
}

const config = { region: 'eu-west-1', credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' } }

async function readAll({ from, name }: MemoryReading, rest: Pick<ReadOptions, 'onBatch' | 'signal'>): Promise<void> {
  if ('kafka' in from) {
    await using topic = kafkaTopic({ client: clientOf(from.kafka), topic: name, groupId: crypto.randomUUID() })
    await read({ ...topic, ...rest })
  } else if ('kinesis' in from) {
    const source = kinesisSource({ stream: name, client: kinesisClient({ ...config, endpoint: from.kinesis }) })
    await read({ source, checkpoints: memoryCheckpoints(), ...rest })
  } else {
    const client = new S3Client({ ...config, endpoint: from.s3, forcePathStyle: true })
    const source = s3Source({ bucket: 'partner-exports', prefix: name, client })
    await read({ source, checkpoints: memoryCheckpoints(), ...rest })
  }
}

async function sampleOf(reading: MemoryReading): Promise<MemorySample> {
  const end = new AbortController()
  let [taken, peak, live] = [0, 0, 0]
  const onBatch = async (records: readonly unknown[]) => {
    taken += records.length
    peak = Math.max(peak, process.memoryUsage.rss())
    if (taken < reading.count || live > 0) return
    live = await liveBytes()
    end.abort()
  }
  await readAll(reading, { onBatch, signal: end.signal })
  if (taken < reading.count) throw new Error(`${taken} records were read, and there should be ${reading.count}`)
  return { peak, live }
}

/** What a first collection finds to be dead outside of the heap is given back by the next. */
async function liveBytes(): Promise<number> {
  for (let collection = 0; collection < 3; collection += 1) {
    globalThis.gc?.()
    await setImmediate()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

process.on('message', async (reading: MemoryReading) => process.send?.(await sampleOf(reading)))
process.once('disconnect', () => process.exit())
