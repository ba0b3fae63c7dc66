import { setTimeout as sleep } from 'node:timers/promises'
import { type CredentialProvider, policies } from '@causeway-aws/auth'
import {
  type KafkaTopicOptions,
  kafkaTopic,
  type ReadOptions,
  read,
  type SourceRecord,
  type TopicPartition,
  UncommittedError,
} from '@causeway-aws/readers'
import type { KafkaCluster } from '@causeway-aws/sandbox'
import { CompressionTypes } from 'kafkajs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testSandbox } from '../../sandbox.ts'
import { clusterClient, makeOrders, type Orders, Taken } from './kafka-orders.ts'
import { type PartnerRole, partnerRole } from './partner-role.ts'

let cluster: KafkaCluster
let region: string
beforeAll(async () => {
  const sandbox = testSandbox()
  region = (await sandbox.credentials('partner')).region
  cluster = await sandbox.kafka()
}, 180_000)

/** Each test has its own: who was killed is a member until it is missed. */
let groupId: string
let orders: Orders
let role: PartnerRole
beforeEach(async () => {
  groupId = `causeway-${crypto.randomUUID()}`
  orders = await makeOrders(testSandbox(), cluster)
  role = await partnerRole(testSandbox(), policies.kafkaRead(cluster.clusterArn, orders.topic, groupId))
})
afterEach(() => orders[Symbol.asyncDispose]())

const connections = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

const topicAs = (credentials: CredentialProvider, options: Partial<KafkaTopicOptions> = {}) =>
  kafkaTopic({
    client: clusterClient(cluster, region, credentials),
    topic: orders.topic,
    groupId,
    idle: 100,
    ...options,
  })

async function reading(
  taken: Pick<ReadOptions<TopicPartition>, 'onBatch'>,
  options: Partial<ReadOptions<TopicPartition>> = {},
  topicOptions: Partial<KafkaTopicOptions> = {},
) {
  await using topic = topicAs(role.as(), topicOptions)
  return await read({ ...topic, untilCaughtUp: true, onBatch: taken.onBatch, ...options })
}

describe('A topic of the partner, read as its role,', () => {
  it('is read whole, in order, and on from where it was left', async () => {
    const taken = new Taken()
    await orders.write(2_000)
    expect(await reading(taken)).toEqual({ finished: 0, 'caught up': 3, held: 0 })
    expect(taken.byKey).toEqual(orders.written)
    await orders.write(300)
    await reading(taken)
    expect(taken.byKey).toEqual(orders.written)
  })

  it('is committed where it was left, also by who went on in its middle', async () => {
    await orders.write(300)
    await reading(new Taken())
    await orders.write(300)
    const [second, third] = [new Taken(), new Taken()]
    await reading(second)
    await reading(third)
    expect([second.size, third.size]).toEqual([300, 0])
  })

  it('is read from a time', async () => {
    await orders.write(100)
    await sleep(50)
    const start = new Date()
    const taken = new Taken()
    await orders.write(60)
    await reading(taken, { start })
    expect([...taken.byKey.values()].flat().sort((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, i) => 100 + i),
    )
  })

  it('is read from now on, which stays the moment of the first time', async () => {
    await orders.write(100)
    const taken = new Taken()
    await reading(taken, { start: 'latest' })
    expect(taken.size).toBe(0)
    await orders.write(60)
    await reading(taken, { start: 'latest' })
    expect(taken.size).toBe(60)
  })

  it.each([
    ['no', CompressionTypes.None],
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ])('is read with %s compression', async (_, compression) => {
    const taken = new Taken()
    await orders.write(500, compression)
    await reading(taken)
    expect(taken.byKey).toEqual(orders.written)
  })

  it('gives headers, and says of a record that it is a tombstone', async () => {
    const messages = [
      { key: 'a', value: 'one', headers: { trace: '17', tags: ['x', 'y'] } },
      { key: 'a', value: null },
      { key: null, value: '' },
    ]
    await orders.producer.send({
      topic: orders.topic,
      messages: messages.map((message) => ({ ...message, partition: 0 })),
    })
    const given: SourceRecord[] = []
    await reading({ onBatch: async (records) => void given.push(...records) })
    const text = (bytes: Uint8Array | null) => Buffer.from(bytes ?? '').toString()
    const headers = given[0]?.headers?.map(([name, value]) => [name, text(value)])
    expect(headers).toEqual([
      ['trace', '17'],
      ['tags', 'x'],
      ['tags', 'y'],
    ])
    expect(given.map(({ key, data, tombstone }) => ({ key, text: text(data), tombstone }))).toEqual([
      { key: 'a', text: 'one', tombstone: undefined },
      { key: 'a', text: '', tombstone: true },
      { key: undefined, text: '', tombstone: undefined },
    ])
  })

  it('gives headers in their order, whatever their names', async () => {
    const written = ['b', '2', 'a', '1']
    // An object has its numbers first.
    const headers: Record<string, string> = new Proxy(Object.fromEntries(written.map((name) => [name, `of ${name}`])), {
      ownKeys: () => written,
    })
    await orders.producer.send({ topic: orders.topic, messages: [{ value: 'one', headers }] })
    const given: SourceRecord[] = []
    await reading({ onBatch: async (records) => void given.push(...records) })
    expect(given.map(({ headers = [] }) => headers.map(([name, value]) => [name, `${value}`]))).toEqual([
      written.map((name) => [name, `of ${name}`]),
    ])
  })

  it.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ])(
    'is read past a bomb of %s, and one of records that hold nothing, each of which fails by itself',
    async (_, compression) => {
      const { topic, producer } = orders
      const send = (values: Buffer[], compression: CompressionTypes) =>
        producer.send({ topic, compression, messages: values.map((value) => ({ value, partition: 0 })) })
      await send([Buffer.from('before')], CompressionTypes.None)
      await send([Buffer.from('beside'), Buffer.alloc(2_000_000)], compression)
      await send(new Array(5_000).fill(Buffer.alloc(0)), compression)
      await send([Buffer.from('after')], compression)
      const [given, failures, bytes] = [[] as string[], [] as string[], [] as number[]]
      await reading(
        { onBatch: async (records) => void given.push(...records.map(({ data }) => `${data}`)) },
        {
          onFailure: async ({ record, error }) => {
            failures.push((error as Error).message)
            bytes.push(record.data.length)
          },
        },
        { maxExpandedBytes: 1_000_000 },
      )
      expect(given).toEqual(['before', 'after'])
      const why = 'expands to more than 1000000 bytes (each record and each header counts 256 besides)'
      expect(failures).toEqual([
        `the batch from offset 1 to 2 of partition 0 of the topic ${topic} ${why}`,
        `the batch from offset 3 to 5002 of partition 0 of the topic ${topic} ${why}`,
      ])
      expect(Math.min(...bytes)).toBeGreaterThan(10)
    },
  )

  it('has not much more of what is compressed in hand than one batch may have', async () => {
    const { topic, producer } = orders
    const written = Array.from({ length: 90 }, (_, number) => `${number} `.repeat(200_000))
    for (const [number, value] of written.entries()) {
      await producer.send({ topic, compression: CompressionTypes.ZSTD, messages: [{ value, partition: number % 3 }] })
    }
    const [given, sizes] = [new Set<string>(), [] as number[]]
    const onBatch = async (records: readonly SourceRecord[]) => {
      for (const { data } of records) given.add(`${data}`)
      sizes.push(records.reduce((sum, { data }) => sum + data.length, 0))
    }
    await reading({ onBatch }, {}, { maxExpandedBytes: 1_000_000 })
    expect(given).toEqual(new Set(written))
    expect(Math.max(...sizes)).toBeLessThan(2_000_000)
  })

  it('is caught up with when it is empty', async () => {
    const taken = new Taken()
    expect(await reading(taken)).toEqual({ finished: 0, 'caught up': 3, held: 0 })
    await orders.write(60)
    await reading(taken)
    expect(taken.byKey).toEqual(orders.written)
  })

  it('gives records of 10 MiB as they are', async () => {
    const topic = `large-${crypto.randomUUID()}`
    const configEntries = [{ name: 'max.message.bytes', value: `${12 * 1024 ** 2}` }]
    await orders.admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true })
    const partner = await testSandbox().credentials('partner')
    const bodies = [1, 2].map((fill) => Buffer.alloc(10 * 1024 ** 2, fill))
    for (const value of bodies) await orders.producer.send({ topic, messages: [{ value }] })
    const given: Buffer[] = []
    await using large = topicAs(async () => partner, { topic })
    const onBatch = async (records: readonly SourceRecord[]) =>
      void given.push(...records.map(({ data }) => Buffer.from(data)))
    await read({ ...large, untilCaughtUp: true, onBatch })
    expect(given.map((data, nth) => data.equals(bodies[nth] as Buffer))).toEqual([true, true])
  })

  it('asks for the offsets of all its partitions at once', { timeout: 60_000 }, async () => {
    await using wide = await makeOrders(testSandbox(), cluster, 40)
    await wide.write(400)
    const access = await partnerRole(testSandbox(), policies.kafkaRead(cluster.clusterArn, wide.topic, groupId))
    const client = clusterClient(cluster, region, access.as())
    const asked: string[] = []
    const admin = client.admin.bind(client)
    client.admin = (config) => {
      const made = admin(config)
      made.on(made.events.REQUEST, ({ payload }) => void asked.push(payload.apiName))
      return made
    }
    await using topic = kafkaTopic({ client, topic: wide.topic, groupId, idle: 100 })
    const taken = new Taken()
    await read({ ...topic, concurrency: 40, untilCaughtUp: true, onBatch: taken.onBatch })
    expect(taken.byKey).toEqual(wide.written)
    expect(asked.filter((name) => ['ListOffsets', 'OffsetFetch'].includes(name)).length).toBeLessThan(100)
  })

  it('is left for good, whatever is still being asked', async () => {
    await orders.write(30)
    const before = connections()
    const topic = topicAs(role.as())
    const { signal } = new AbortController()
    let partition: TopicPartition | undefined
    for await (partition of topic.source.partitions(signal)) break
    if (!partition) throw new Error('The topic has no partition')
    let hasLeft = false
    const leaving = topic[Symbol.asyncDispose]().then(() => {
      hasLeft = true
    })
    while (!hasLeft) {
      const asking = topic.source.read(partition, { start: 'earliest' }, signal)[Symbol.asyncIterator]().next()
      asking.catch(() => {})
      await sleep(1)
    }
    await leaving
    await sleep(3_000)
    expect(connections()).toBeLessThanOrEqual(before)
  })

  it('keeps no connection when it is deleted while its offsets are asked for', { timeout: 90_000 }, async () => {
    const before = connections()
    const topic = topicAs(role.as())
    const { signal } = new AbortController()
    for await (const _ of topic.source.partitions(signal)) break
    await orders.admin.deleteTopics({ topics: [orders.topic] })
    const begin = async () => {
      const first = topic.source.read({ id: '0', number: 0, after: [] }, { start: 'earliest' }, signal)
      return await first[Symbol.asyncIterator]().next()
    }
    const asked = [begin(), topic.checkpoints.get('0')]
    await expect(Promise.any(asked)).rejects.toThrow()
    await topic[Symbol.asyncDispose]()
    await sleep(10_000)
    expect(connections()).toBeLessThanOrEqual(before)
  })

  it('leaves a member without a partition waiting until there is one for it', { timeout: 120_000 }, async () => {
    const [taken, ending, leaving] = [new Taken(), new AbortController(), new AbortController()]
    const members = Array.from({ length: 4 }, (_, nth) =>
      reading(taken, { untilCaughtUp: false, signal: nth === 0 ? leaving.signal : ending.signal }),
    )
    await orders.write(600)
    await until(() => taken.size >= 600)
    leaving.abort()
    await members[0]
    await orders.write(600)
    await until(() => taken.size >= 1_200)
    ending.abort()
    await Promise.all(members)
    expect(new Set([...taken.byKey.values()].flat()).size).toBe(1_200)
  })

  it('is read on, once, though a batch takes longer than the session of a member, and than a token is good for', {
    timeout: 120_000,
  }, async () => {
    const [taken, ending] = [new Taken(), new AbortController()]
    let batches = 0
    const slowly: typeof taken.onBatch = async (records, context) => {
      batches += 1
      // The broker asks for a new token every 20 seconds, and the client is 10 ahead of that.
      if (batches === 1) await sleep(13_000)
      await taken.onBatch(records, context)
    }
    await orders.write(600)
    const options = { untilCaughtUp: false, signal: ending.signal }
    const done = reading({ onBatch: slowly }, options, { sessionTimeout: 6_000, maxBytes: 2_000 })
    await until(() => taken.size >= 600)
    ending.abort()
    await done
    expect(taken.byKey).toEqual(orders.written)
  })

  it('is read without what was aborted, to its end', async () => {
    const producer = orders.client.producer({ transactionalId: orders.topic, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const send = async (value: string, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: orders.topic, messages: [{ key: 'a', value, partition: 0 }] })
      await transaction[end]()
    }
    for (const [value, end] of [
      ['1', 'commit'],
      ['2', 'abort'],
      ['3', 'commit'],
      ['4', 'abort'],
    ] as const)
      await send(value, end)
    await producer.disconnect()
    const taken = new Taken()
    await reading(taken)
    expect(taken.byKey).toEqual(new Map([['a', [1, 3]]]))
  })

  it('is shared by those who read in the same group, and nothing is lost as one comes and goes', {
    timeout: 120_000,
  }, async () => {
    const [first, second, ending, leaving] = [new Taken(), new Taken(), new AbortController(), new AbortController()]
    const slowly =
      (taken: Taken): typeof taken.onBatch =>
      async (records, context) => {
        await sleep(200)
        await taken.onBatch(records, context)
      }
    const options = { untilCaughtUp: false, signal: ending.signal }
    const one = reading({ onBatch: slowly(first) }, options, { maxBytes: 2_000 })
    const other = reading({ onBatch: slowly(second) }, { ...options, signal: leaving.signal }, { maxBytes: 2_000 })
    let total = 0
    const write = async (count: number) => {
      await orders.write(count)
      total += count
    }
    // How long a group takes to rebalance is its own affair.
    for (; second.size === 0; await sleep(200)) await write(100)
    leaving.abort()
    await other
    await write(1_000)
    const given = () => new Set([first, second].flatMap(({ byKey }) => [...byKey.values()].flat()))
    await until(() => given().size === total)
    ending.abort()
    await one
    // What was in hand as the group rebalanced may have come to both, at most a batch of each partition.
    expect(first.size + second.size - total).toBeLessThan(300)
    for (const taken of [first, second])
      for (const numbers of taken.byKey.values()) expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  })

  it('goes on after the broker was killed', { timeout: 120_000 }, async () => {
    const [taken, ending] = [new Taken(), new AbortController()]
    const read = reading(taken, { untilCaughtUp: false, signal: ending.signal })
    await orders.write(1_000)
    await until(() => taken.size > 0)
    process.kill(cluster.pid, 'SIGKILL')
    await sleep(1_000)
    cluster = await testSandbox().kafka()
    await orders.write(1_000)
    await until(() => taken.size >= 2_000)
    ending.abort()
    await read
    expect(new Map([...taken.byKey].map(([key, numbers]) => [key, [...new Set(numbers)]]))).toEqual(orders.written)
  })

  describe('ends at once when it is to, also while the broker is gone,', () => {
    it('and says nothing when all was committed', { timeout: 120_000 }, async () => {
      const [taken, ending] = [new Taken(), new AbortController()]
      const read = reading(taken, { untilCaughtUp: false, signal: ending.signal })
      await orders.write(100)
      await until(async () => taken.size === 100 && (await committed()) === 100)
      process.kill(cluster.pid, 'SIGKILL')
      await sleep(3_000)
      const began = performance.now()
      ending.abort()
      const took = read.then(() => performance.now() - began).finally(restarted)
      expect(await took).toBeLessThan(20_000)
    })

    it('and says what was done that could not be committed', { timeout: 120_000 }, async () => {
      const [inHand, ending] = [Promise.withResolvers<void>(), new AbortController()]
      const { promise: isGone, resolve: go } = Promise.withResolvers<void>()
      const onBatch = async () => {
        inHand.resolve()
        await isGone
      }
      const read = reading({ onBatch }, { untilCaughtUp: false, signal: ending.signal })
      read.catch(() => {}) // it is waited for later
      await orders.write(100)
      await inHand.promise
      process.kill(cluster.pid, 'SIGKILL')
      await sleep(3_000)
      const began = performance.now()
      go()
      ending.abort()
      await expect(read.finally(restarted)).rejects.toBeInstanceOf(UncommittedError)
      expect(performance.now() - began).toBeLessThan(30_000)
    })

    const restarted = async () => {
      cluster = await testSandbox().kafka()
    }
    const committed = async () => {
      const [offsets] = await orders.admin.fetchOffsets({ groupId, topics: [orders.topic] })
      return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
    }
  })

  it('goes on after credentials were refused for a while', { timeout: 120_000 }, async () => {
    const [taken, ending, granted] = [new Taken(), new AbortController(), role.as()]
    let isRefused = false
    let refusals = 0
    await using topic = topicAs(async () => {
      if (!isRefused) return granted()
      refusals += 1
      throw new Error('the credentials are refused')
    })
    const done = read({ ...topic, onBatch: taken.onBatch, signal: ending.signal })
    await orders.write(500)
    await until(() => taken.size === 500)
    isRefused = true
    await until(() => refusals > 2)
    await orders.write(500)
    isRefused = false
    await until(() => taken.size === 1_000)
    ending.abort()
    await done
    expect(taken.byKey).toEqual(orders.written)
  })
})

describe('What cannot be read is said in a sentence:', () => {
  const refused = async (credentials: CredentialProvider, options: Partial<KafkaTopicOptions> = {}) => {
    await using topic = topicAs(credentials, options)
    await read({ ...topic, untilCaughtUp: true, onBatch: async () => {} })
  }

  it('a wrong ExternalId', async () => {
    await expect(refused(role.as('another-external-id'))).rejects.toThrow(
      /^partitions of the topic orders-.* cannot be read: STS refuses arn:aws:iam::222222222222:role.*ExternalId/,
    )
  })

  it('a group that the role has no right to', async () => {
    await expect(refused(role.as(), { groupId: 'another' })).rejects.toThrow(
      /Failed to find group coordinator.*may lack kafka-cluster:DescribeGroup/,
    )
  })

  it('a topic that the role has no right to', async () => {
    const another = await makeOrders(testSandbox(), cluster)
    await using _ = another
    await expect(refused(role.as(), { topic: another.topic })).rejects.toThrow(
      /TOPIC_AUTHORIZATION_FAILED.*lacks kafka-cluster:DescribeTopic/,
    )
  })

  it('a topic that is not there', async () => {
    const partner = await testSandbox().credentials('partner')
    await expect(refused(async () => partner, { topic: 'nowhere' })).rejects.toThrow(
      /topic nowhere cannot be read: UNKNOWN_TOPIC/,
    )
  })

  it('records that were deleted before they were read, once; and goes on where somebody takes that', async () => {
    await orders.write(300)
    await reading(new Taken())
    await orders.write(300)
    const offsets = await orders.admin.fetchTopicOffsets(orders.topic)
    const partitions = offsets.map(({ partition, high }) => ({ partition, offset: high }))
    await orders.admin.deleteTopicRecords({ topic: orders.topic, partitions })
    await orders.write(300)
    await expect(reading(new Taken())).rejects.toThrow(/has no records any more from offset \d+ up to \d+/)
    const [taken, faults] = [new Taken(), [] as (string | undefined)[]]
    const onFailure: ReadOptions<TopicPartition>['onFailure'] = async ({ record }) => void faults.push(record.fault)
    await reading(taken, { onFailure })
    await reading(taken, { onFailure })
    expect([faults.length, taken.size]).toEqual([3, 300])
  })
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 60_000; !(await isSo()); await sleep(50))
    if (performance.now() > end) throw new Error('it takes more than a minute')
}
