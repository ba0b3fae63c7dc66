import { hash } from 'node:crypto'
import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { policies } from '@causeway-aws/auth'
import {
  memoryCheckpoints,
  type NotificationQueue,
  type ReadOptions,
  read,
  type S3ContinuousOptions,
  type S3Object,
  type S3SourceOptions,
  type Source,
  type SourceRecord,
  s3Source,
} from '@causeway-aws/readers'
import { type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { testSandbox } from '../../sandbox.ts'
import { startCuttingProxy } from './cutting-proxy.ts'
import { partnerRole } from './partner-role.ts'

const sandbox = testSandbox()
let partnerOptions: ClientOptions
/** The partner's administrator, who puts what is read. */
let partner: S3Client
let bucket: string
beforeAll(async () => {
  partnerOptions = clientOptions(await sandbox.credentials('partner'))
  partner = new S3Client(partnerOptions)
})
beforeEach(async () => {
  bucket = `exports-${crypto.randomUUID()}`
  await partner.send(new CreateBucketCommand({ Bucket: bucket }))
})

const put = (Key: string, Body: string | Uint8Array) =>
  partner.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))

/** What one reading gave, in its order. */
interface Given {
  readonly texts: string[]
  /** The objects, each where its first record came. */
  readonly keys: string[]
  readonly failures: string[]
  readonly positions: string[]
}

const textOf = ({ data }: SourceRecord) => Buffer.from(data).toString()

async function reading(source: Partial<S3SourceOptions> = {}, options: Partial<ReadOptions<S3Object>> = {}) {
  const given: Given = { texts: [], keys: [], failures: [], positions: [] }
  const summary = await read({
    source: s3Source({ bucket, client: partner, ...source }),
    checkpoints: memoryCheckpoints(),
    concurrency: 1,
    backoff: () => 0,
    onBatch: async (records, { partition: { key } }) => {
      if (given.keys.at(-1) !== key) given.keys.push(key)
      given.texts.push(...records.map(textOf))
      given.positions.push(...records.map(({ position }) => position))
    },
    onFailure: async ({ error }) => void given.failures.push((error as Error).message),
    ...options,
  })
  return { ...given, summary }
}

async function listed(source: Source<S3Object>): Promise<S3Object[]> {
  const objects: S3Object[] = []
  for await (const object of source.partitions(AbortSignal.timeout(10_000))) objects.push(object)
  return objects
}

const lines = (count: number, name = 'order') =>
  Array.from({ length: count }, (_, number) => JSON.stringify({ [name]: number }))

describe('A bucket', () => {
  it('is read in the order of its keys, beyond the first page, and none of what is beside the prefix', async () => {
    const keys = Array.from({ length: 1_100 }, (_, index) => `orders/${`${index}`.padStart(4, '0')}`)
    for (let start = 0; start < keys.length; start += 100) {
      await Promise.all(keys.slice(start, start + 100).map((key) => put(key, `"${key}"\n`)))
    }
    await put('order', 'beside')
    await put('ordersx', 'beside')
    const given = await reading({ prefix: 'orders/' })
    expect(given.keys).toEqual(keys)
    expect(given.texts).toEqual(keys.map((key) => `"${key}"`))
    expect(given.summary).toEqual({ finished: 1_100, 'caught up': 0, held: 0 })
  })

  it('whose keys hold what URLs and XML use is read', async () => {
    const keys = ['a b+c%20é/<&>"\'.ndjson', 'z?x=1#y', '日本/1']
    for (const key of keys) await put(key, '1')
    expect((await reading()).keys).toEqual(keys)
  })

  it('whose keys hold what XML says in another way, or not at all, is read, and each object found again', async () => {
    const keys = ['a\r', 'a\r\nb', 'a\u0001', 'a+b %2B\t']
    for (const key of keys) await put(key, '1')
    const given = await reading()
    expect([given.keys.toSorted(), given.failures]).toEqual([keys.toSorted(), []])
    const source = s3Source({ bucket, client: partner })
    for (const { id } of await listed(source)) {
      expect(await source.find?.(id, AbortSignal.timeout(10_000))).toMatchObject({ id })
    }
  })

  it('is read on: what was read to its end is not asked for again, what came since is, wherever its key sorts', async () => {
    await using proxy = await startCuttingProxy(partnerOptions.endpoint)
    const client = new S3Client({ ...partnerOptions, endpoint: proxy.endpoint })
    const checkpoints = memoryCheckpoints()
    await put('b', '1\n2\n')
    await reading({ client }, { checkpoints })
    await put('a', '3')
    await put('c', '4')
    expect((await reading({ client }, { checkpoints })).texts).toEqual(['3', '4'])
    expect(proxy.ranges).toHaveLength(3)
  })

  it('is begun at what came since a time', async () => {
    await put('a', '1')
    await sleep(1_100) // S3 tells the second
    const given = await reading({}, { start: new Date() })
    expect([given.texts, given.summary.finished]).toEqual([[], 1])
  })

  it('is begun at a time with what came in its second, of which S3 tells no more', async () => {
    await put('a', '1')
    const source = s3Source({ bucket, client: partner })
    const [object] = await listed(source)
    if (!object) throw new Error('there is no object')
    const told = { ...object, modified: new Date('2026-11-22T10:00:00Z') }
    const begunAt = async (start: Date) => {
      let count = 0
      for await (const { records } of source.read(told, { start }, AbortSignal.timeout(10_000))) count += records.length
      return count
    }
    expect(await begunAt(new Date('2026-11-22T10:00:00.269Z'))).toBe(1)
    expect(await begunAt(new Date('2026-11-22T10:00:01Z'))).toBe(0)
  })

  it('is read side by side with another reader, each object by one', async () => {
    for (let index = 0; index < 40; index += 1) await put(`orders/${index}`, lines(50, `${index}`).join('\n'))
    const checkpoints = memoryCheckpoints()
    const both = await Promise.all([reading({}, { checkpoints }), reading({}, { checkpoints })])
    const texts = both.flatMap((given) => given.texts)
    expect([texts.length, new Set(texts).size]).toEqual([2_000, 2_000])
    for (const { keys } of both) expect(keys.length).toBeGreaterThan(0)
  })
})

describe('An object', () => {
  it('gives its lines, those that are empty left out of NDJSON, whatever ends the last', async () => {
    await put('a', '\ufeff{"a":1}\r\n\n\r\n{"a":"é"}\n  \n{"last":true}')
    await put('b', '')
    expect((await reading()).texts).toEqual(['{"a":1}', '{"a":"é"}', '  ', '{"last":true}'])
    expect((await reading({ format: 'lines' })).texts).toEqual(['{"a":1}', '', '', '{"a":"é"}', '  ', '{"last":true}'])
    expect((await reading({ format: 'whole' })).texts).toEqual(['\ufeff{"a":1}\r\n\n\r\n{"a":"é"}\n  \n{"last":true}'])
  })

  const stored: [string, (pieces: string[]) => Uint8Array][] = [
    ['as it is', (pieces) => Buffer.from(pieces.join(''))],
    ['as gzip', (pieces) => gzipSync(pieces.join(''))],
    ['as gzip, filled up with zeros', (pieces) => Buffer.concat([gzipSync(pieces.join('')), Buffer.alloc(200_000)])],
    ['as gzip in members', (pieces) => Buffer.concat(pieces.map((piece) => gzipSync(piece)))],
    ['as zstd', (pieces) => zstdCompressSync(pieces.join(''))],
    ['as zstd in frames', (pieces) => Buffer.concat(pieces.map((piece) => zstdCompressSync(piece)))],
  ]

  it.each(stored)('is read whole, stored %s, with lines of 10 MB', async (_, store) => {
    const long = JSON.stringify('x'.repeat(10_000_000))
    await put('a', store([`${lines(500).join('\n')}\n`, long, `\n${long}\n`, '"end"']))
    const { texts } = await reading()
    expect(texts.map((text) => hash('md5', text))).toEqual(
      [...lines(500), long, long, '"end"'].map((t) => hash('md5', t)),
    )
  })

  it.each(stored)('is read on in its middle, stored %s, from each position that it gave', async (_, store) => {
    await put('a', store([`${lines(50).join('\n')}\n`, '\n', `${lines(50, 'second').join('\n')}`]))
    const all = await reading()
    expect(all.texts).toEqual([...lines(50), ...lines(50, 'second')])
    const source = s3Source({ bucket, client: partner })
    const [object] = await listed(source)
    if (!object) throw new Error('there is no object')
    for (const [index, after] of all.positions.entries()) {
      const texts: string[] = []
      for await (const { records } of source.read(object, { after }, AbortSignal.timeout(10_000))) {
        texts.push(...records.map(textOf))
      }
      expect(texts).toEqual(all.texts.slice(index + 1))
    }
  })

  it.each(stored)('that is cut again and again while it is read comes whole, stored %s', async (_, store) => {
    await using proxy = await startCuttingProxy(partnerOptions.endpoint)
    const client = new S3Client({ ...partnerOptions, endpoint: proxy.endpoint })
    const noise = Array.from({ length: 20_000 }, (_, number) => JSON.stringify(hash('sha256', `${number}`)))
    await put('a', store([`${noise.slice(0, 9_000).join('\n')}\n`, noise.slice(9_000).join('\n')]))
    proxy.cuts = [100_000, 1, 200_000, 0, 50_000]
    const { texts } = await reading({ client })
    expect(hash('sha256', texts.join('\n'))).toBe(hash('sha256', noise.join('\n')))
    expect(proxy.ranges).toHaveLength(6)
    for (const range of proxy.ranges.slice(1)) expect(range).toMatch(/^bytes=[1-9]/)
  })

  it('has records that fail by themselves where a line is too long, and goes on after it', async () => {
    await put('a', `1\n${'x'.repeat(200_000)}\n2\n${'y'.repeat(101)}`)
    const { texts, failures } = await reading({ maxRecordBytes: 100 })
    expect([texts, failures]).toEqual([['1', '2'], Array(2).fill('it is longer than 100 bytes, and cut there')])
  })

  it('comes in batches of so many records, and about so many bytes', async () => {
    await put('a', lines(1_000).join('\n'))
    const sizes: number[] = []
    const onBatch = async (records: readonly SourceRecord[]) => void sizes.push(records.length)
    await reading({ batchRecords: 300 }, { onBatch })
    expect(sizes).toEqual([300, 300, 300, 100])
    await put('a', lines(100_000).join('\n'))
    await reading({ batchBytes: 100_000 }, { onBatch })
    expect(sizes.length).toBeGreaterThan(10)
  })
})

describe('Rows of CSV', () => {
  const rows = 'id,name,note\r\n1,"Ann ""A"" Lee","two\nlines, and a comma"\r\n\r\n2,Bob,\n3,"Ümit","\r\n"'

  it('are objects of what the header names, with what is quoted in them', async () => {
    await put('a.csv', rows)
    expect((await reading({ format: 'csv' })).texts.map((text) => JSON.parse(text))).toEqual([
      { id: '1', name: 'Ann "A" Lee', note: 'two\nlines, and a comma' },
      { id: '2', name: 'Bob', note: '' },
      { id: '3', name: 'Ümit', note: '\r\n' },
    ])
  })

  it('are arrays where there is no header, whatever is between the fields', async () => {
    await put('a.csv', '1;2\n3;4')
    const { texts } = await reading({ format: 'csv', header: false, delimiter: ';' })
    expect(texts).toEqual(['["1","2"]', '["3","4"]'])
    await put('a.csv', '1\t2\n3\t"4\t5"')
    const tabbed = await reading({ format: 'csv', header: false, delimiter: 'tab' })
    expect(tabbed.texts).toEqual(['["1","2"]', '["3","4\\t5"]'])
  })

  it('have the header, too, when they are read on in the middle', async () => {
    await put('a.csv', gzipSync(rows))
    const all = await reading({ format: 'csv' })
    const checkpoints = memoryCheckpoints()
    const ending = new AbortController()
    const first = await reading(
      { format: 'csv', batchRecords: 2 },
      { checkpoints, signal: ending.signal, onProgress: () => ending.abort() },
    )
    expect(first.texts).toEqual(all.texts.slice(0, 1))
    const given = await reading({ format: 'csv' }, { checkpoints })
    expect(given.texts).toEqual(all.texts.slice(1))
  })

  it('that are bad fail by themselves, and those around them do not', async () => {
    await put('a.csv', 'id,name\n1,a\n2\n3,b"c"\n4,d,e\n5,f\n')
    const { texts, failures } = await reading({ format: 'csv' })
    expect(texts).toEqual(['{"id":"1","name":"a"}', '{"id":"5","name":"f"}'])
    expect(failures).toEqual([
      'it has 1 field, and the header 2',
      'it is no row of CSV',
      'it has 3 fields, and the header 2',
    ])
  })

  it('with a quote within a field fail by themselves, however many there are', async () => {
    await put('a.csv', 'id,size\n1,5" pipe\n2,a\n3,"b\n""c"""\n4,7" pipe\n5,d\n')
    const { texts, failures } = await reading({ format: 'csv' })
    expect(texts.map((text) => JSON.parse(text))).toEqual([
      { id: '2', size: 'a' },
      { id: '3', size: 'b\n"c"' },
      { id: '5', size: 'd' },
    ])
    expect(failures).toEqual(['it is no row of CSV', 'it is no row of CSV'])
  })

  it('that are not UTF-8 fail by themselves', async () => {
    await put('a.csv', Buffer.from('id,name\n1,\xe4\n2,b\n', 'latin1'))
    const { texts, failures } = await reading({ format: 'csv' })
    expect([texts, failures]).toEqual([['{"id":"2","name":"b"}'], ['it is not text in UTF-8']])
  })

  it('that are gone on with leave no download behind that was for their header', async () => {
    await put('a.csv', `id\n${Array.from({ length: 100_000 }, (_, id) => id).join('\n')}`)
    const httpAgent = new Agent({ keepAlive: true })
    const client = new S3Client({ ...partnerOptions, requestHandler: { httpAgent } })
    const checkpoints = memoryCheckpoints()
    const ending = new AbortController()
    const csv = { format: 'csv', client } as const
    await reading(
      { ...csv, batchRecords: 100 },
      { checkpoints, signal: ending.signal, onProgress: () => ending.abort() },
    )
    const { texts } = await reading(csv, { checkpoints })
    expect(texts.length).toBeGreaterThan(10_000)
    expect(Object.values(httpAgent.sockets)).toEqual([])
  })

  it.each([
    ['names a column twice', 'id,id\n'],
    ['is no row', 'id,"na"me\n'],
  ])('of a header that %s are none, however many there are', async (_, header) => {
    await put('a.csv', header + lines(500).join('\n'))
    const { texts, failures } = await reading({ format: 'csv', batchRecords: 100 })
    expect([texts, failures.length]).toEqual([[], 1])
  })

  it('of a header that names a column twice are none', async () => {
    await put('a.csv', 'id,id\n1,2\n')
    expect(await reading({ format: 'csv' })).toMatchObject({ texts: [], failures: ['its header names a column twice'] })
  })
})

describe('An object that changes while it is read', () => {
  const before = lines(1_000).join('\n')
  const after = lines(1_000, 'other').join('\n')

  /** Reads a, which is changed once its first hundred records were taken and the connection was cut. */
  async function readingChanged(change: () => Promise<unknown>, source: Partial<S3SourceOptions> = {}) {
    await using proxy = await startCuttingProxy(partnerOptions.endpoint)
    const client = new S3Client({ ...partnerOptions, endpoint: proxy.endpoint })
    proxy.cuts = [5_000]
    const texts: string[] = []
    let changed = false
    const given = await reading(
      { client, batchRecords: 100, ...source },
      {
        onBatch: async (records) => {
          texts.push(...records.map(textOf))
          if (!changed) await change()
          changed = true
        },
      },
    )
    return { ...given, texts }
  }

  it('because it is replaced, has a record that fails and names both ETags; nothing of the other is given', async () => {
    await put('a', before)
    const { texts, failures } = await readingChanged(() => put('a', after))
    expect(failures).toEqual([
      `the object a was replaced: its ETag was ${hash('md5', before)}, and is ${hash('md5', after)}; keep versions of objects that are written over`,
    ])
    expect(texts).toEqual(lines(1_000).slice(0, texts.length))
  })

  it('between two readings, when it was read in part, fails as well, and then the other is read', async () => {
    await put('a', before)
    const checkpoints = memoryCheckpoints()
    const ending = new AbortController()
    const first = await reading(
      { batchRecords: 100 },
      { checkpoints, signal: ending.signal, onProgress: () => ending.abort() },
    )
    await put('a', after)
    const { texts, failures } = await reading({}, { checkpoints })
    expect(first.texts).toEqual(lines(1_000).slice(0, 100))
    expect(failures).toEqual([
      `the object a was replaced: its ETag was ${hash('md5', before)}, and is ${hash('md5', after)}; keep versions of objects that are written over`,
    ])
    expect(texts).toEqual(lines(1_000, 'other'))
    expect(await reading({}, { checkpoints })).toMatchObject({ texts: [], failures: [] })
  })

  // So many bytes are expanded at once, and whole lines: nothing of what is expanded is in hand after a batch of all of them.
  it.each<[string, Buffer, Partial<S3SourceOptions>]>([
    ['was expanded', gzipSync(`${'x'.repeat(63)}\n`.repeat(1_024)), { batchBytes: 16_384 - 256 }],
    ['was given, lines without a byte', Buffer.from('\n'.repeat(100)), { format: 'lines', batchRecords: 10 }],
  ])(
    'between two readings fails as well where all that is stored had come, and not all of it %s',
    async (_, stored, how) => {
      await put('a', stored)
      const checkpoints = memoryCheckpoints()
      const ending = new AbortController()
      await reading(how, { checkpoints, signal: ending.signal, onProgress: () => ending.abort() })
      await put('a', after)
      const { failures } = await reading({}, { checkpoints })
      expect(failures).toEqual([
        `the object a was replaced: its ETag was ${hash('md5', stored)}, and is ${hash('md5', after)}; keep versions of objects that are written over`,
      ])
    },
  )

  it('ends the reading where nothing is said of failures, its checkpoint as far as it was read', async () => {
    await put('a', before)
    const checkpoints = memoryCheckpoints()
    const [object] = await listed(s3Source({ bucket, client: partner }))
    await put('a', after)
    const source = {
      ...s3Source({ bucket, client: partner }),
      partitions: async function* () {
        if (object) yield object
      },
    }
    const onBatch = async () => {}
    await expect(read({ source, checkpoints, onBatch })).rejects.toThrow(
      `The record at 0 of a ${hash('md5', before)} fails (the object a was replaced: its ETag was ${hash('md5', before)}, and is ${hash('md5', after)}`,
    )
    expect(await checkpoints.get(object?.id ?? '')).toMatchObject({ position: undefined, finished: false })
  })

  it('is found by its id as it was, and says when it is read that it is another by now', async () => {
    const source = s3Source({ bucket, client: partner })
    const signal = AbortSignal.timeout(10_000)
    await put('a b', before)
    await put('a b c', before)
    const id = `a b ${hash('md5', before)}`
    expect(await source.find?.(id, signal)).toMatchObject({ id, key: 'a b', size: before.length })
    await put('a b', '')
    const found = await source.find?.(id, signal)
    if (!found) throw new Error('it was not found')
    const { value } = await source.read(found, { start: 'earliest' }, signal)[Symbol.asyncIterator]().next()
    const fault = expect.stringMatching(/^the object a b was replaced/)
    expect(value?.records).toMatchObject([{ fault, isRest: true }])
    expect(await source.find?.(`a ${hash('md5', before)}`, signal)).toBeUndefined()
  })

  it('because it is deleted, has a record that fails', async () => {
    await put('a', before)
    const change = () => partner.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
    expect((await readingChanged(change)).failures).toEqual(['the object a was deleted'])
  })

  it('is read to its end where the bucket keeps versions, and the next version for itself', async () => {
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await partner.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }))
    await put('a', before)
    await put('b', before)
    await partner.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'b' }))
    const { texts, failures } = await readingChanged(() => put('a', after), { versions: true })
    expect([texts, failures]).toEqual([lines(1_000), []])
    expect((await reading({ versions: true })).texts).toEqual(lines(1_000, 'other'))
    const source = s3Source({ bucket, client: partner, versions: true })
    const [object] = await listed(source)
    const signal = AbortSignal.timeout(10_000)
    expect(await source.find?.(object?.id ?? '', signal)).toEqual(object)
    expect(await source.find?.('a nowhere', signal)).toBeUndefined()
  })

  it('is not looked for among versions of other keys, of which any number may begin alike', async () => {
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await partner.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }))
    for (const key of ['a', 'a/1', 'a/2', 'a/3', 'a/4']) await put(key, before)
    const client = new S3Client(partnerOptions)
    let asked = 0
    client.middlewareStack.add(
      (next) => (args) => {
        asked += 1
        return next({ ...args, input: { ...args.input, MaxKeys: 1 } })
      },
      { step: 'initialize' },
    )
    const source = s3Source({ bucket, client, versions: true })
    expect(await source.find?.('a nowhere', AbortSignal.timeout(10_000))).toBeUndefined()
    expect(asked).toBe(2)
  })

  it.each([
    ['gzip', gzipSync(before)],
    ['zstd', zstdCompressSync(before)],
  ])('into something that is not whole %s gives what there is, and a record that fails', async (name, whole) => {
    await put('a', whole.subarray(0, -20))
    await put('b', '"next"')
    const { texts, failures } = await reading()
    expect(failures).toEqual([`it is not whole ${name}`])
    expect(texts.at(-1)).toBe('"next"')
  })
})

describe('A bucket that is followed', () => {
  let sqs: SQSClient
  let queue: NotificationQueue
  beforeEach(async () => {
    sqs = new SQSClient(partnerOptions)
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: bucket }))
    queue = { url: QueueUrl, client: sqs }
  })

  /** Follows the bucket until it is disposed of. What was given is to be looked at in between. */
  function following(continuous: S3ContinuousOptions, checkpoints = memoryCheckpoints()) {
    const ending = new AbortController()
    const texts: string[] = []
    const ended = reading(
      { continuous, prefix: 'orders/' },
      {
        checkpoints,
        signal: ending.signal,
        concurrency: 3,
        onBatch: async (records) => void texts.push(...records.map(textOf)),
      },
    )
    ended.catch(() => {})
    return {
      texts,
      async [Symbol.asyncDispose]() {
        ending.abort()
        await ended
      },
    }
  }

  const come = (texts: string[], ...expected: string[]) =>
    vi.waitFor(() => expect(texts.toSorted()).toEqual(expected.toSorted()), { timeout: 10_000 })

  const left = async () => {
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: [...AttributeNames] }),
    )
    return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0)
  }

  it('gives what comes, also under a key before those that were read, and each object once', async () => {
    for (let index = 0; index < 10; index += 1) await put(`orders/b${index}`, `${index}`)
    const checkpoints = memoryCheckpoints()
    const first = Array.from({ length: 10 }, (_, index) => `${index}`)
    {
      await using followed = following({ reconcile: 100 }, checkpoints)
      await come(followed.texts, ...first)
      await put('orders/a', '"before"')
      await come(followed.texts, ...first, '"before"')
      await put('orders/b0', '"again"')
      await come(followed.texts, ...first, '"before"', '"again"')
    }
    await using followed = following({ reconcile: 100 }, checkpoints)
    await put('orders/c', '"after"')
    await come(followed.texts, '"after"')
  })

  /** Lets a service send to the queue on behalf of a bucket or a topic. Answers the queue's ARN. */
  async function letIn(Service: string, sourceArn: string): Promise<string> {
    const QueueArn = `arn:aws:sqs:${partnerOptions.region}:222222222222:${bucket}`
    const Statement = {
      Effect: 'Allow',
      Principal: { Service },
      Action: 'sqs:SendMessage',
      Resource: QueueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': sourceArn } },
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { Policy } }))
    return QueueArn
  }

  const notify = (NotificationConfiguration: NotificationConfiguration) =>
    partner.send(new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration }))

  it('gives what S3 has named in a queue, and takes the notification from there', async () => {
    const QueueArn = await letIn('s3.amazonaws.com', `arn:aws:s3:::${bucket}`)
    await notify({ QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] }] })
    await put('orders/a', '1')
    await using followed = following({ reconcile: 600_000, queue })
    await come(followed.texts, '1')
    await put('orders/ü b+c%20&.ndjson', '2')
    await put('orders/0', '3')
    await partner.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'orders/a' }))
    await come(followed.texts, '1', '2', '3')
    await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 10_000 })
  })

  it.each(['true', 'false'])(
    'gives what S3 has named by way of a topic of SNS (raw: %s), and takes its test from there',
    async (Raw) => {
      const topicArn = `arn:aws:sns:${partnerOptions.region}:222222222222:${bucket}`
      const QueueArn = await letIn('sns.amazonaws.com', topicArn)
      await sandbox.deploy({
        account: 'partner',
        stack: bucket,
        template: join(import.meta.dirname, 'fanned-out.yaml'),
        parameters: { BucketName: bucket, QueueArn, Raw },
      })
      await notify({ TopicConfigurations: [{ TopicArn: topicArn, Events: ['s3:ObjectCreated:*'] }] })
      await vi.waitFor(async () => expect(await left()).toBe(1), { timeout: 10_000 })
      await using followed = following({ reconcile: 600_000, queue })
      await sleep(500)
      await put('orders/ü b+c%20&.ndjson', '1')
      await come(followed.texts, '1')
      await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 10_000 })
    },
  )

  it('gives what EventBridge has named, and leaves in the queue what is of another bucket, or is no notification', async () => {
    await put('orders/listed', '1')
    await using followed = following({ reconcile: 600_000, queue })
    await come(followed.texts, '1')
    await put('orders/a b', '2')
    const detail = { bucket: { name: bucket }, object: { key: 'orders/a b', size: 1, etag: hash('md5', '2') } }
    const event = { source: 'aws.s3', 'detail-type': 'Object Created', time: '2026-11-22T15:00:00Z', detail }
    const other = { ...event, detail: { ...detail, bucket: { name: 'other' } } }
    for (const message of [other, 'nonsense', event]) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: JSON.stringify(message) }))
    }
    await come(followed.texts, '1', '2')
    await vi.waitFor(async () => expect(await left()).toBe(2), { timeout: 10_000 })
  })

  it('gives what was named to nobody when it is listed again', async () => {
    await using followed = following({ reconcile: 2_000, queue })
    await sleep(500)
    await put('orders/a', '1')
    await come(followed.texts, '1')
  })
})

describe("A bucket of the partner's account", () => {
  const byRole = async (id?: string) => {
    const role = await partnerRole(sandbox, policies.s3Read(bucket, 'orders/'))
    return new S3Client({ ...partnerOptions, credentials: role.as(id) })
  }

  it('is read with a role of it and the ExternalId', async () => {
    await put('orders/1', '1\n2')
    await put('invoices/1', '3')
    const client = await byRole()
    const given = await reading({ client, prefix: 'orders/', bucketOwner: '222222222222' })
    expect(given.texts).toEqual(['1', '2'])
  })

  it('is said to have lost an object where it has, and that access is denied where it is', async () => {
    await put('orders/1', '1')
    const client = await byRole()
    const source = s3Source({ bucket, client, prefix: 'orders/' })
    const [object] = await listed(source)
    if (!object) throw new Error('there is no object')
    const first = () =>
      source.read(object, { start: 'earliest' }, AbortSignal.timeout(10_000))[Symbol.asyncIterator]().next()
    await partner.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'orders/1' }))
    expect((await first()).value?.records[0]?.fault).toBe('the object orders/1 was deleted')
    await put('orders/1', '1')
    const Statement = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await partner.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
    await expect(first()).rejects.toThrow(/^the object orders\/1 of the bucket \S+ cannot be read: AccessDenied: /)
  })

  it('is read on when its role was refused for a while in the middle of an object', async () => {
    await using proxy = await startCuttingProxy(partnerOptions.endpoint)
    await put('orders/1', lines(1_000).join('\n'))
    const role = await partnerRole(sandbox, policies.s3Read(bucket, 'orders/'))
    const [good, bad] = [role.as(), role.as('wrong')]
    let [isRefused, refusals] = [false, 0]
    const credentials = async () => {
      if (isRefused) refusals += 1
      // So near its end that the client asks for new ones with each request.
      return { ...(await (isRefused ? bad : good)()), expiration: new Date(Date.now() + 60_000) }
    }
    const client = new S3Client({ ...partnerOptions, endpoint: proxy.endpoint, credentials })
    proxy.cuts = [5_000]
    const texts: string[] = []
    const { failures } = await reading(
      { client, prefix: 'orders/', batchRecords: 100 },
      {
        onBatch: async (records) => {
          if (texts.length === 0) {
            isRefused = true
            setTimeout(() => {
              isRefused = false
            }, 1_000)
          }
          texts.push(...records.map(textOf))
        },
      },
    )
    expect([texts, failures]).toEqual([lines(1_000), []])
    expect(refusals).toBeGreaterThan(0)
  })

  it('is refused where it is of another account than was expected', async () => {
    const client = await byRole()
    await expect(reading({ client, prefix: 'orders/', bucketOwner: '111111111111' })).rejects.toThrow(
      /cannot be read: AccessDenied: .*, and the bucket has to be of the account that is expected, if any is\.$/,
    )
  })

  it('is refused with a wrong ExternalId', async () => {
    const client = await byRole('wrong')
    await expect(reading({ client, prefix: 'orders/' })).rejects.toMatchObject({
      code: 'SourceError',
      message: expect.stringMatching(/^objects of the bucket exports-\S+ cannot be read: AssumeRoleDenied: /),
    })
  })

  it('is refused beside the prefix, in a sentence', async () => {
    const client = await byRole()
    await expect(reading({ client, prefix: 'invoices/' })).rejects.toThrow(
      /^objects of the bucket \S+ cannot be read: AccessDenied: .*; to read it takes s3:ListBucket and s3:GetObject/,
    )
  })
})

describe('What cannot be read is said in a sentence:', () => {
  it('a bucket that is not there', async () => {
    await expect(reading({ bucket: 'nowhere-at-all' })).rejects.toThrow(
      /^objects of the bucket nowhere-at-all cannot be read: NoSuchBucket: .*; there is no bucket of this name\.$/,
    )
  })

  it('a bucket in another region, which the sandbox does not tell apart', async () => {
    const server = createServer((_, response) => {
      response.writeHead(301, { 'x-amz-bucket-region': 'eu-west-3', 'content-type': 'application/xml' })
      response.end('<Error><Code>PermanentRedirect</Code><Message>Use the specified endpoint.</Message></Error>')
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const client = new S3Client({ ...partnerOptions, endpoint, forcePathStyle: true })
    await expect(reading({ client })).rejects.toThrow(
      `objects of the bucket ${bucket} cannot be read: PermanentRedirect: Use the specified endpoint; it is in the region eu-west-3, which the client has to be made with.`,
    )
    server.close()
  })

  it.each(['shardId-1', 'gzip 7', '99'])('a position that is none of it, which is kept (%s)', async (position) => {
    await put('a', '1\n2\n')
    const checkpoints = memoryCheckpoints()
    const id = `a ${hash('md5', '1\n2\n')}`
    const claim = await checkpoints.claim(id, 60_000)
    if (!claim) throw new Error('it is claimed')
    await checkpoints.commit(claim, 60_000, position)
    await checkpoints.release(claim)
    await expect(reading({}, { checkpoints })).rejects.toThrow(/of another (source|object)\.$/)
    expect(await checkpoints.get(id)).toMatchObject({ position, finished: false })
  })

  it.each([
    [{ bucket: 's3://exports' }, 'bucket must be the name of a bucket'],
    [{ format: 'parquet' as never }, 'format must be "ndjson", "lines", "csv" or "whole"'],
    [{ bucketOwner: 'partner' }, 'bucketOwner must be the 12 digits of an account'],
    [{ delimiter: ', ' }, 'delimiter must be one character'],
  ])('the options %j', (options, sentence) => {
    expect(() => s3Source({ bucket, client: partner, ...options })).toThrow(sentence)
  })
})
