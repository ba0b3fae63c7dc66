import { startProcess } from './asked-process.ts'
import { compared, type Figure } from './figure.ts'
import { startInstantKinesis } from './instant-kinesis.ts'
import { startInstantS3 } from './instant-s3.ts'
import { clusterOf, fillTopic } from './kafka-cluster.ts'
import { inPairs } from './pairs.ts'
import { putLines } from './put-lines.ts'
import type { MemoryReading, MemorySample } from './reader-memory-process.ts'
import { startSandbox } from './sandbox.ts'

const mebibyte = 1024 ** 2

/** Memory of a process that reads ten times as many records, beside one that reads them once. Each has more that it could read. */
export async function* readerMemory(): AsyncGenerator<Figure> {
  {
    await using server = await startInstantKinesis({ shards: 4, calls: 30, recordsOfCall: 2_500 })
    yield* figuresOf('Kinesis', { from: { kinesis: server.endpoint }, name: 'orders', count: 24_000 })
  }
  {
    await using server = await startInstantS3()
    await putLines(server.endpoint, 'orders.ndjson', 450_000)
    yield* figuresOf('S3', { from: { s3: server.endpoint }, name: 'orders.ndjson', count: 40_000 })
  }
  await using sandbox = await startSandbox()
  const kafka = await clusterOf(sandbox)
  await fillTopic(kafka, 'orders', 4, 50_000)
  yield* figuresOf('Kafka', { from: { kafka }, name: 'orders', count: 18_000 })
}

async function* figuresOf(source: string, reading: MemoryReading): AsyncGenerator<Figure> {
  const pairs = await inPairs(
    3,
    () => inProcess({ ...reading, count: reading.count * 10 }),
    () => inProcess(reading),
  )
  const of = (key: keyof MemorySample) => pairs.map(([ten, one]) => [ten[key] / mebibyte, one[key] / mebibyte] as const)
  yield compared(`${source}, alive at the end`, of('live'), { at: 'most', limit: 1.2 })
  // Node collects when there is much to collect, so that this grows at first also where nothing is kept.
  yield compared(`${source}, most of the process`, of('peak'))
}

async function inProcess(reading: MemoryReading): Promise<MemorySample> {
  const file = new URL('./reader-memory-process.ts', import.meta.url)
  await using reader = startProcess<MemoryReading, MemorySample>(file)
  return await reader.ask(reading)
}
