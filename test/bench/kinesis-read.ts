import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  type KinesisClientConfig,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import {
  type Checkpoints,
  fileCheckpoints,
  kinesisClient,
  kinesisSource,
  memoryCheckpoints,
  read,
} from '@causeway-aws/readers'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { compared, type Figure } from './figure.ts'
import { startInstantKinesis } from './instant-kinesis.ts'
import { kinesisLoop } from './kinesis-loop.ts'
import { inPairs, type Pair } from './pairs.ts'
import { startSandbox } from './sandbox.ts'

const stream = 'orders'
const limit = { at: 'least', limit: 1 } as const

/** Records a second of a stream, read with checkpoints, beside a hand-written loop without: also of its processor time. */
export async function* kinesisRead(): AsyncGenerator<Figure> {
  for (const { shards, calls, recordsOfCall } of streams) {
    await using server = await startInstantKinesis({ shards, calls, recordsOfCall })
    const config = { endpoint: server.endpoint, region: 'eu-west-1', credentials }
    const given = {
      client: kinesisClient(config),
      peer: peerClient(config),
      shards,
      count: shards * calls * recordsOfCall,
    }
    const shardsOf = shards === 1 ? '1 shard' : `${shards} shards`
    for (const [where, checkpointed] of checkpointedBy) {
      const pairs = await readPairs(given, checkpointed)
      yield compared(`${shardsOf}, ${where}`, of(pairs, 'perSecond'), limit)
      yield compared(`${shardsOf}, ${where}, of processor time`, of(pairs, 'perProcessorSecond'))
    }
  }
  await using sandbox = await startSandbox()
  const config = await sandbox.client('home')
  const [client, peer] = [kinesisClient(config), peerClient(config)]
  const count = 40_000
  await fill(client, 4, count)
  yield compared(
    'MiniStack: 4 shards, a file',
    of(await readPairs({ client, peer, shards: 4, count }, inFile), 'perSecond'),
    limit,
  )
}

/** What one makes for a server without TLS, which does not speak HTTP/2 as the SDK does by itself. */
const peerClient = (config: KinesisClientConfig) =>
  new KinesisClient({ ...config, requestHandler: new NodeHttpHandler() })

const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' }

/** An answer of Kinesis has 10 MB at most; of the many shards each gives less at a time, or the client would only see memory. */
const streams = [
  { shards: 1, calls: 6, recordsOfCall: 10_000 },
  { shards: 4, calls: 3, recordsOfCall: 5_000 },
  { shards: 16, calls: 3, recordsOfCall: 1_250 },
]

type Checkpointed = (run: (checkpoints: Checkpoints) => Promise<void>) => Promise<void>

const inMemory: Checkpointed = (run) => run(memoryCheckpoints())

const inFile: Checkpointed = async (run) => {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-bench-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(folder, { recursive: true }))
  await run(cleanup.use(await fileCheckpoints({ path: join(folder, 'checkpoints'), source: stream })))
}

const checkpointedBy = [
  ['memory', inMemory],
  ['a file', inFile],
] as const

interface Sample {
  readonly perSecond: number
  readonly perProcessorSecond: number
}

interface Given {
  readonly client: KinesisClient
  readonly peer: KinesisClient
  readonly shards: number
  /** How many records there are. */
  readonly count: number
}

function readPairs({ client, peer, shards, count }: Given, checkpointed: Checkpointed): Promise<Pair<Sample>[]> {
  const source = kinesisSource({ stream, client })
  const ours = async () => {
    let taken = 0
    const onBatch = async (records: readonly unknown[]) => {
      taken += records.length
    }
    await checkpointed(async (checkpoints) => {
      await read({ source, checkpoints, onBatch, untilCaughtUp: true, concurrency: shards })
    })
    return taken
  }
  const sampleOf = async (run: () => Promise<number>): Promise<Sample> => {
    await sleep(50) // the server may still collect what it wrote before
    const [began, usedBefore] = [performance.now(), process.cpuUsage()]
    const taken = await run()
    const { user, system } = process.cpuUsage(usedBefore)
    if (taken !== count) throw new Error(`${taken} records were read, and there are ${count}`)
    return {
      perSecond: (count / (performance.now() - began)) * 1_000,
      perProcessorSecond: (count / (user + system)) * 1_000_000,
    }
  }
  return inPairs(
    5,
    () => sampleOf(ours),
    () => sampleOf(() => kinesisLoop(peer, stream)),
  )
}

const of = (pairs: readonly Pair<Sample>[], key: keyof Sample): Pair<number>[] =>
  pairs.map(([ours, peer]) => [ours[key], peer[key]])

/** Makes the stream, and puts so many records of 1,000 bytes into it. */
async function fill(client: KinesisClient, ShardCount: number, count: number): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount }))
  const isActive = async () => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }))
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE'
  }
  while (!(await isActive())) await sleep(100)
  const Data = Buffer.alloc(1_000, 'x')
  for (let put = 0; put < count; put += 500) {
    const Records = Array.from({ length: 500 }, (_, index) => ({ Data, PartitionKey: `customer-${put + index}` }))
    await client.send(new PutRecordsCommand({ StreamName: stream, Records }))
  }
}
