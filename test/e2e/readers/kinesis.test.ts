import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import {
  type Checkpoints,
  type KinesisSourceOptions,
  kinesisClient,
  kinesisSource,
  memoryCheckpoints,
  type ReadOptions,
  read,
  type Shard,
} from '@causeway-aws/readers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../sandbox.ts'
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts'
import { type KinesisServer, startKinesis } from './kinesis-server.ts'

let kinesis: KinesisServer
let client: KinesisClient
let stream: string
beforeAll(async () => {
  kinesis = await startKinesis()
  client = kinesis.client
}, 90_000)
afterAll(() => kinesis[Symbol.asyncDispose]())
beforeEach(async () => {
  stream = `orders-${crypto.randomUUID()}`
  await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 2 }))
  await active()
})

async function active(): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }))
    if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return
    await sleep(20)
  }
}

/** Puts records as one that a producer in Python has aggregated. */
async function putAggregate(records: [key: string, text: string, hashKey: string | null][]): Promise<void> {
  const script = join(import.meta.dirname, 'aggregate.py')
  const aggregator = promisify(execFile)(join(root, '.venv/test/bin/python'), [script])
  aggregator.child.stdin?.end(JSON.stringify(records))
  const { Data, ...key } = JSON.parse((await aggregator).stdout)
  await client.send(new PutRecordCommand({ StreamName: stream, ...key, Data: Buffer.from(Data, 'base64') }))
}

/** Puts numbers in order, each under one of some keys, and says what each key was given. */
class Producer {
  readonly put = new Map<string, number[]>()
  private next = 0

  async send(count: number, keys = 20): Promise<void> {
    while (count > 0) {
      const some = Math.min(count, 200)
      const Records = Array.from({ length: some }, () => {
        const key = `customer-${this.next % keys}`
        const number = this.next++
        this.put.set(key, [...(this.put.get(key) ?? []), number])
        return { PartitionKey: key, Data: Buffer.from(`${key} ${number}`) }
      })
      const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName: stream, Records }))
      expect(FailedRecordCount ?? 0).toBe(0)
      count -= some
    }
  }
}

/** What was given of each key, in the order in which it was. */
class Taken {
  readonly byKey = new Map<string, number[]>()
  readonly onBatch: ReadOptions<Shard>['onBatch'] = async (records) => {
    for (const { data } of records) {
      const [key = '', number] = Buffer.from(data).toString().split(' ')
      this.byKey.set(key, [...(this.byKey.get(key) ?? []), Number(number)])
    }
  }
}

/** Registers a consumer, which is for one reader: of one that has gone the server knows for some seconds only. */
async function consumer(): Promise<string> {
  const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }))
  const { StreamARN } = StreamDescriptionSummary ?? {}
  const ConsumerName = crypto.randomUUID()
  const { Consumer } = await client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }))
  const { ConsumerARN = '' } = Consumer ?? {}
  for (;;) {
    const { ConsumerDescription } = await client.send(new DescribeStreamConsumerCommand({ ConsumerARN }))
    if (ConsumerDescription?.ConsumerStatus === 'ACTIVE') return ConsumerARN
    await sleep(20)
  }
}

/** Whether its records are pushed. */
let isPushed = false
afterEach(() => {
  isPushed = false
})

const reading = async (
  taken: Pick<ReadOptions<Shard>, 'onBatch'>,
  { checkpoints = memoryCheckpoints(), ...options }: Partial<ReadOptions<Shard>> = {},
  source: Partial<KinesisSourceOptions> = {},
) =>
  read({
    source: kinesisSource({
      stream,
      client,
      limit: 100,
      idle: 50,
      ...(isPushed && { fanOut: { consumerArn: await consumer() } }),
      ...source,
    }),
    checkpoints,
    untilCaughtUp: true,
    discovery: 100,
    onBatch: taken.onBatch,
    ...options,
  })

describe.each([
  ['polled', false],
  ['pushed to a consumer', true],
])('A stream, %s,', (_, pushed) => {
  beforeEach(() => {
    isPushed = pushed
  })

  it('is read whole, in order, and on from where it was left', async () => {
    const [producer, taken, checkpoints] = [new Producer(), new Taken(), memoryCheckpoints()]
    await producer.send(1_000)
    await reading(taken, { checkpoints })
    expect(taken.byKey).toEqual(producer.put)
    await producer.send(300)
    await reading(taken, { checkpoints })
    expect(taken.byKey).toEqual(producer.put)
  })

  // Of a shard that it pushes kinesis-local never says that it has ended; the sandbox does, and kinesis-read.test.ts asks it.
  it.skipIf(pushed)(
    'keeps the order of each key while its shards are split and merged under the reader',
    {
      timeout: 120_000,
    },
    async () => {
      const [producer, taken, ending] = [new Producer(), new Taken(), new AbortController()]
      const read = reading(taken, { untilCaughtUp: false, signal: ending.signal })
      for (const change of [split, merge, split, merge]) {
        await producer.send(600)
        await change()
        await active()
      }
      await producer.send(600)
      const total = 3_000
      const size = () => [...taken.byKey.values()].reduce((sum, { length }) => sum + length, 0)
      for (const end = performance.now() + 60_000; size() < total && performance.now() < end; ) await sleep(100)
      ending.abort()
      expect((await read).finished).toBeGreaterThanOrEqual(4)
      expect(taken.byKey).toEqual(producer.put)
    },
  )

  it('is read from a time', async () => {
    const producer = new Producer()
    await producer.send(100)
    await sleep(50)
    const start = new Date()
    await sleep(50)
    const late = new Producer()
    await late.send(50)
    const taken = new Taken()
    await reading(taken, { start })
    expect(taken.byKey).toEqual(late.put)
  })

  it('is read from now on, which stays the moment of the first time', async () => {
    const [early, late, checkpoints, taken] = [new Producer(), new Producer(), memoryCheckpoints(), new Taken()]
    await early.send(100)
    await sleep(50)
    await reading(taken, { checkpoints, start: 'latest' })
    expect(taken.byKey.size).toBe(0)
    await late.send(50)
    await reading(taken, { checkpoints, start: 'latest' })
    expect(taken.byKey).toEqual(late.put)
  })

  it('gives what is gzip expanded, and what only begins like it as it is', async () => {
    const texts = ['plain', 'expanded']
    const broken = Buffer.from([0x1f, 0x8b, 8, 1, 2, 3])
    const Records = [Buffer.from('plain'), gzipSync('expanded'), broken].map((Data) => ({ Data, PartitionKey: 'one' }))
    await client.send(new PutRecordsCommand({ StreamName: stream, Records }))
    const given: Buffer[] = []
    await reading({ onBatch: async (records) => void given.push(...records.map(({ data }) => Buffer.from(data))) })
    expect(given.slice(0, 2).map(String)).toEqual(texts)
    expect(given[2]).toEqual(broken)
  })

  it('is read past a bomb, which fails by itself', async () => {
    const Records = [gzipSync(Buffer.alloc(1_000_000)), Buffer.from('after')]
    await client.send(
      new PutRecordsCommand({ StreamName: stream, Records: Records.map((Data) => ({ Data, PartitionKey: 'one' })) }),
    )
    const [given, failures]: string[][] = [[], []]
    await reading(
      {
        onBatch: async (records) => void given?.push(...records.map(({ data }) => Buffer.from(data).toString())),
      },
      { onFailure: async ({ error }) => void failures?.push((error as Error).message) },
      { maxExpandedBytes: 100_000 },
    )
    expect({ given, failures }).toEqual({ given: ['after'], failures: ['it expands to more than 100000 bytes'] })
  })

  it('has no more of what is gzip in hand than one large record, or 16 MiB of small ones, and goes on in its middle', async () => {
    const put: string[] = []
    const zip = (body: Buffer) => {
      put.push(hash('md5', body))
      return { Data: gzipSync(body), PartitionKey: 'one' }
    }
    const large = Array.from({ length: 12 }, (_, fill) => zip(Buffer.alloc(40 * 1024 ** 2, fill)))
    const small = Array.from({ length: 300 }, (_, number) => zip(Buffer.from(`small ${number} `.repeat(1_000))))
    for (const Records of [large, small]) await client.send(new PutRecordsCommand({ StreamName: stream, Records }))
    const [sizes, counts, hashes, checkpoints] = [[] as number[], [] as number[], [] as string[], memoryCheckpoints()]
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    const take = async (batches: number) => {
      const ending = new AbortController()
      const onBatch: ReadOptions<Shard>['onBatch'] = async (records) => {
        most = Math.max(most, process.memoryUsage().arrayBuffers)
        sizes.push(records.reduce((sum, { data }) => sum + data.length, 0))
        counts.push(records.length)
        hashes.push(...records.map(({ data }) => hash('md5', data)))
        if (counts.length === batches) ending.abort()
      }
      await reading({ onBatch }, { checkpoints, signal: ending.signal }, { limit: 10_000 })
    }
    await take(5)
    expect(counts).toEqual([1, 1, 1, 1, 1])
    await take(Number.POSITIVE_INFINITY)
    expect(hashes).toEqual(put)
    expect(Math.max(...sizes)).toBeLessThan(40 * 1024 ** 2 + 16 * 1024 ** 2)
    expect(counts.length).toBeLessThan(16)
    expect(most - before).toBeLessThan(300 * 1024 ** 2)
  })

  it('with shards that have nothing is caught up with, and read on when they have', async () => {
    const [producer, taken, checkpoints] = [new Producer(), new Taken(), memoryCheckpoints()]
    expect(await reading(taken, { checkpoints })).toEqual({ finished: 0, 'caught up': 2, held: 0 })
    await producer.send(1, 1)
    await reading(taken, { checkpoints })
    expect(taken.byKey).toEqual(producer.put)
  })

  it('gives the records of an aggregate one by one that a producer in Python has made, and goes on in its middle', async () => {
    await putAggregate(Array.from({ length: 50 }, (_, number) => ['customer-1', `customer-1 ${number}`, null]))
    const [taken, checkpoints] = [new Taken(), memoryCheckpoints()]
    const fails: ReadOptions<Shard>['onBatch'] = async (given, context) => {
      if (given.some(({ data }) => Buffer.from(data).toString() === 'customer-1 30')) throw new Error('it fails')
      await taken.onBatch(given, context)
    }
    const options = { checkpoints, maxAttempts: 1 }
    await expect(reading({ onBatch: fails }, options)).rejects.toThrow(/^The record at \d+\/30 of shardId-/)
    expect(taken.byKey.get('customer-1')).toHaveLength(30)
    await reading(taken, options)
    expect(taken.byKey).toEqual(new Map([['customer-1', Array.from({ length: 50 }, (_, number) => number)]]))
  })

  it('is read past a record of an aggregate whose hash key is no number, which fails by itself', async () => {
    await putAggregate([
      ['customer-1', 'customer-1 0', null],
      ['customer-1', 'customer-1 1', 'not-a-number'],
      ['customer-1', 'customer-1 2', null],
    ])
    const [taken, failures] = [new Taken(), [] as string[]]
    const onFailure: ReadOptions<Shard>['onFailure'] = async ({ record, error }) =>
      void failures.push(`${record.position.split('/')[1]}: ${(error as Error).message}`)
    await reading(taken, { onFailure })
    expect(taken.byKey).toEqual(new Map([['customer-1', [0, 2]]]))
    expect(failures).toEqual(['1: its explicit hash key is no number of 128 bits, so it is for no shard'])
  })

  // Kinesis takes 10 MiB, and so does kinesis-local, but that takes more than a minute for it.
  it('gives a record of 5 MiB as it is', async () => {
    stream = `large-${crypto.randomUUID()}`
    await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 1, MaxRecordSizeInKiB: 10_240 }))
    await active()
    const Data = Buffer.alloc(5 * 1024 ** 2 - 3, 'x')
    await client.send(new PutRecordCommand({ StreamName: stream, PartitionKey: 'big', Data }))
    const given: Buffer[] = []
    await reading({ onBatch: async (records) => void given.push(...records.map(({ data }) => Buffer.from(data))) })
    expect(given.map((data) => data.equals(Data))).toEqual([true])
  })
})

describe('Over a way that is cut', () => {
  let trusted: Certificate
  beforeAll(async () => {
    const { authority, ...certificate } = await makeCertificate()
    setDefaultCACertificates([...getCACertificates('default'), authority])
    trusted = certificate
  })

  it.each([
    // As to an emulator, and as to Kinesis.
    ['by HTTP/1.1 without TLS', () => undefined, '1.1'],
    ['by HTTP/2', () => trusted, '2.0'],
  ])(
    'a stream that is pushed %s gives every record once, in order, and leaves no connection behind',
    { timeout: 120_000 },
    async (_, certificate, version) => {
      const producer = new Producer()
      await producer.send(1_000)
      await using proxy = await startCuttingProxy(kinesis.endpoint, certificate())
      proxy.cuts = [0, 3_000, 20_000, 200, 50_000]
      const cut = kinesisClient(to(proxy))
      const [taken, checkpoints] = [new Taken(), memoryCheckpoints()]
      const pushed = { client: cut, fanOut: { consumerArn: await consumer() } }
      expect(await reading(taken, { checkpoints }, pushed)).toEqual({ finished: 0, 'caught up': 2, held: 0 })
      expect(taken.byKey).toEqual(producer.put)
      expect(proxy.cuts).toEqual([])
      expect(new Set(proxy.versions)).toEqual(new Set([version]))
      await expect.poll(() => proxy.open).toBe(0)
      cut.destroy()
    },
  )

  // The SDK's own client speaks HTTP/2, and takes an answer that broke off for one that cannot be read.
  it('a stream that is polled by HTTP/2 gives every record once, in order', async () => {
    const producer = new Producer()
    await producer.send(1_000)
    await using proxy = await startCuttingProxy(kinesis.endpoint, trusted)
    proxy.cuts = [3_000, 200, 5_000]
    const cut = new KinesisClient(to(proxy))
    const taken = new Taken()
    expect(await reading(taken, {}, { client: cut })).toEqual({ finished: 0, 'caught up': 2, held: 0 })
    expect(taken.byKey).toEqual(producer.put)
    expect(proxy).toMatchObject({ cuts: [], versions: expect.arrayContaining(['2.0']) })
    cut.destroy()
  })

  it('a server whose certificate nobody trusts is no such way, and refused at once', async () => {
    await using proxy = await startCuttingProxy(kinesis.endpoint, await makeCertificate())
    const untrusting = new KinesisClient(to(proxy))
    const pushed = { client: kinesisClient(to(proxy)), fanOut: { consumerArn: await consumer() } }
    for (const source of [{ client: untrusting }, { client: pushed.client }, pushed])
      await expect(reading(new Taken(), {}, source)).rejects.toThrow(/cannot be read: Error: .*certificate/)
    untrusting.destroy()
    pushed.client.destroy()
  })
})

/** How a client speaks to a proxy; what is asked for again is asked for by the source. */
const to = ({ endpoint }: CuttingProxy) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
})

interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A certificate of this machine's, and the authority it is of, which nobody trusts yet. */
async function makeCertificate(): Promise<Certificate & { readonly authority: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-tls-'))
  const program = join(root, 'packages/sandbox/kafka/tls.py')
  await promisify(execFile)(join(root, '.venv/sandbox/bin/python'), [program, folder])
  const broker = await readFile(join(folder, 'broker.pem'), 'utf8')
  const authority = await readFile(join(folder, 'ca.pem'), 'utf8')
  await rm(folder, { recursive: true })
  return { key: broker, cert: broker, authority }
}

describe('What cannot be read is said in a sentence:', () => {
  const refused = (source: Partial<KinesisSourceOptions>, checkpoints?: Checkpoints) =>
    reading(new Taken(), checkpoints && { checkpoints }, source)

  it('a stream that is not there', async () => {
    await expect(refused({ stream: 'nowhere' })).rejects.toThrow(
      /^shards of the stream nowhere cannot be read: ResourceNotFoundException: .*nowhere/,
    )
  })

  it('a position that is none, which is kept', async () => {
    const checkpoints = memoryCheckpoints()
    const position = 'orders/1'
    const claim = await checkpoints.claim('shardId-000000000000', 60_000)
    if (!claim) throw new Error('it is claimed')
    await checkpoints.commit(claim, 60_000, position)
    await checkpoints.release(claim)
    await expect(refused({}, checkpoints)).rejects.toThrow('"orders/1" is no position of a Kinesis shard')
    expect(await checkpoints.get('shardId-000000000000')).toMatchObject({ position, finished: false })
  })

  it.each([
    ['with records', 50],
    ['without a record', 0],
  ])('a stream that was made anew since its first shard was read to its end, %s', async (_, count) => {
    const [producer, taken, checkpoints] = [new Producer(), new Taken(), memoryCheckpoints()]
    await producer.send(count)
    await split()
    await active()
    await reading(taken, { checkpoints })
    expect(await checkpoints.get('shardId-000000000000')).toMatchObject({ finished: true })
    await client.send(new DeleteStreamCommand({ StreamName: stream }))
    await expect.poll(() => active().catch((error: Error) => error.name)).toBe('ResourceNotFoundException')
    await sleep(1_000) // sequence numbers begin with the second in which the stream was made; Kinesis takes longer to delete one
    await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 2 }))
    await active()
    await producer.send(50)
    await expect(reading(taken, { checkpoints })).rejects.toThrow(/is no position of shard shardId-.*was deleted\.$/)
  })

  it('a shard that is not there', async () => {
    const shard: Shard = { id: 'shardId-000000000042', after: [], range: { from: 0n, to: 1n }, open: true }
    const { signal } = new AbortController()
    const batches = kinesisSource({ stream, client }).read(shard, { start: 'earliest' }, signal)
    await expect(batches[Symbol.asyncIterator]().next()).rejects.toThrow(
      /^shard shardId-000000000042 of the stream orders-.* cannot be read: ResourceNotFoundException: /,
    )
  })

  it('a start in the future', async () => {
    await expect(reading(new Taken(), { start: new Date(Date.now() + 60_000) })).rejects.toThrow(
      'start must not be in the future; "latest" begins with what comes',
    )
  })

  it.each([
    [{ stream: 'no stream' }, 'stream must be the name or the ARN of a stream'],
    [{ limit: 10_001 }, 'limit must be at most 10000'],
  ])('the options %j', (options, sentence) => {
    expect(() => kinesisSource({ stream, client, ...options })).toThrow(sentence)
  })
})

async function openShards() {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }))
  return Shards.filter(({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined).sort(
    (a, b) => (BigInt(a.HashKeyRange?.StartingHashKey ?? 0) < BigInt(b.HashKeyRange?.StartingHashKey ?? 0) ? -1 : 1),
  )
}

async function split(): Promise<void> {
  const [shard] = await openShards()
  const { StartingHashKey = '0', EndingHashKey = '0' } = shard?.HashKeyRange ?? {}
  const NewStartingHashKey = `${(BigInt(StartingHashKey) + BigInt(EndingHashKey)) / 2n}`
  await client.send(new SplitShardCommand({ StreamName: stream, ShardToSplit: shard?.ShardId, NewStartingHashKey }))
}

async function merge(): Promise<void> {
  const [first, second] = await openShards()
  const command = { ShardToMerge: first?.ShardId, AdjacentShardToMerge: second?.ShardId }
  await client.send(new MergeShardsCommand({ StreamName: stream, ...command }))
}
