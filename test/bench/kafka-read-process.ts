import { readFileSync } from 'node:fs'
import { kafkaToken } from '@causeway-aws/auth'
import { kafkaTopic, read } from '@causeway-aws/readers'
import { Kafka, logLevel } from 'kafkajs'
import { type Cluster, clientOf } from './kafka-cluster.ts'

// Reads topics as one of the two does, each time that it is told to: kafka-read-process.ts causeway|kafkajs
// A client of ours changes kafkajs for its process, so each of the two has one of its own.

/** Which topic is read, and how many records there are. */
export interface TopicReading {
  readonly cluster: Cluster
  readonly topic: string
  readonly count: number
}

/** How fast, from the first batch to the last, and with how much processor time. */
export interface TopicSample {
  readonly perSecond: number
  readonly perProcessorSecond: number
}

/** Reads a topic in a group of its own, tells of each batch, and ends when what it told says so. */
type Reader = (reading: TopicReading, onBatch: (records: number) => boolean) => Promise<void>

const readers: Record<string, Reader> = { causeway, kafkajs }

async function causeway({ cluster, topic: name }: TopicReading, onBatch: (records: number) => boolean): Promise<void> {
  await using topic = kafkaTopic({ client: clientOf(cluster), topic: name, groupId: crypto.randomUUID() })
  const end = new AbortController()
  const isLast = async (records: readonly unknown[]) => {
    if (onBatch(records.length)) end.abort()
  }
  await read({ ...topic, onBatch: isLast, signal: end.signal })
}

/** With what `kafkaTopic` fetches by, and an offset committed after each batch, as kafkajs does by itself. */
async function kafkajs({ cluster, topic }: TopicReading, onBatch: (records: number) => boolean): Promise<void> {
  const consumer = bareClient(cluster).consumer({ groupId: crypto.randomUUID(), maxWaitTimeInMs: 500 })
  const { promise: last, resolve: end } = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently: 10,
    eachBatch: async ({ batch }) => {
      if (onBatch(batch.messages.length)) end()
    },
  })
  await last
  await consumer.disconnect()
}

/** A client as kafkajs has it by itself, but for the tokens. */
function bareClient({ brokers, certificateAuthority, region, credentials }: Cluster): Kafka {
  return new Kafka({
    brokers: [...brokers],
    ssl: { ca: [readFileSync(certificateAuthority, 'utf8')] },
    sasl: {
      mechanism: 'oauthbearer',
      oauthBearerProvider: kafkaToken({ region, credentials: async () => credentials }),
    },
    logLevel: logLevel.NOTHING,
  })
}

async function sampleOf(reader: Reader, reading: TopicReading): Promise<TopicSample> {
  let taken = 0
  let [first, began, ended] = [0, 0, 0]
  let used = process.cpuUsage()
  await reader(reading, (records) => {
    if (taken === 0) {
      ;[first, began, used] = [records, performance.now(), process.cpuUsage()]
    }
    taken += records
    if (taken < reading.count) return false
    ended = performance.now()
    used = process.cpuUsage(used)
    return true
  })
  if (taken !== reading.count) throw new Error(`${taken} records were read, and there are ${reading.count}`)
  const timed = taken - first
  return {
    perSecond: (timed / (ended - began)) * 1_000,
    perProcessorSecond: (timed / (used.user + used.system)) * 1_000_000,
  }
}

const reader = readers[process.argv[2] ?? '']
if (!reader) throw new Error('give causeway or kafkajs')
process.on('message', async (reading: TopicReading) => process.send?.(await sampleOf(reader, reading)))
process.once('disconnect', () => process.exit())
