import { CreateStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createEdge } from '@causeway-aws/edge'
import { type FailedRecord, failuresTo } from '@causeway-aws/readers'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../../sandbox.ts'

const failure: FailedRecord<{ id: string; after: [] }> = {
  partition: { id: 'shard-1', after: [] },
  record: { position: '7', key: 'customer-1', data: Buffer.from('{"id":7') },
  error: new SyntaxError('Unexpected end of {"id":7'),
}
const rest: typeof failure = {
  ...failure,
  record: { position: '7', data: Buffer.alloc(0), fault: 'it was replaced', isRest: true },
  error: new Error('it was replaced'),
}
const letter = {
  source: 'orders',
  partition: 'shard-1',
  position: '7',
  key: 'customer-1',
  data: 'eyJpZCI6Nw==',
  reason: 'SyntaxError',
}

let home: ClientOptions
const name = `failures-${crypto.randomUUID()}`
beforeAll(async () => {
  home = clientOptions(await testSandbox().credentials('home'))
})

const to = (destination: string, client: object = {}) =>
  failuresTo({
    destination,
    source: 'orders',
    client: { ...home, ...client },
    edge: (queueUrl) => createEdge({ queueUrl, client: new SQSClient({ ...home, maxAttempts: 1 }) }),
  })

describe('A record that fails goes, whole and with the reason,', () => {
  it('to an edge, once', async () => {
    const sqs = new SQSClient(home)
    const Attributes = { FifoQueue: 'true' }
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}.fifo`, Attributes }))
    for (let times = 0; times < 2; times += 1) await to(QueueUrl)(failure)
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body))).toEqual([letter])
  })

  it('to an edge, also when what comes after it fails as well', async () => {
    const sqs = new SQSClient(home)
    const Attributes = { FifoQueue: 'true' }
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-rest.fifo`, Attributes }))
    for (const each of [failure, rest]) await to(QueueUrl)(each)
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body).reason)).toEqual(['SyntaxError', 'it was replaced'])
  })

  it('to a bucket', async () => {
    const s3 = new S3Client({ ...home, forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: name }))
    await to(`s3://${name}/orders/`, { forcePathStyle: true })(failure)
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: name, Key: 'orders/shard-1/7.json' }))
    expect(JSON.parse((await Body?.transformToString()) ?? '')).toEqual(letter)
  })

  it('to a bucket, also when what comes after it fails as well, and whatever its partition is called', async () => {
    const s3 = new S3Client({ ...home, forcePathStyle: true })
    const Bucket = `${name}-rest`
    await s3.send(new CreateBucketCommand({ Bucket }))
    const long = { ...failure, partition: { id: 'é'.repeat(400), after: [] as [] } }
    for (const each of [failure, rest, long]) await to(`s3://${Bucket}/`, { forcePathStyle: true })(each)
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    expect(Contents.map(({ Key }) => Key)).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}\/7\.json$/),
      'shard-1/7%20rest.json',
      'shard-1/7.json',
    ])
  })

  it('to a stream', async () => {
    // Its own speaks HTTP/2, which a server without TLS does not.
    const requestHandler = new NodeHttpHandler()
    const kinesis = new KinesisClient({ ...home, requestHandler })
    await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }))
    const StreamARN = `arn:aws:kinesis:${home.region}:${accountIds.home}:stream/${name}`
    await to(StreamARN, { requestHandler })(failure)
    const start = { ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({ StreamARN, ...start }))
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    expect(Records.map(({ Data = [] }) => JSON.parse(Buffer.from(Data).toString()))).toEqual([letter])
  })

  it('to a stream, also of an object whose key is as long as one may be', async () => {
    const kinesis = new KinesisClient({ ...home, requestHandler: new NodeHttpHandler() })
    const StreamName = `${name}-long`
    await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    const partitions = [256, 257, 1_024].map((length) => 'k'.repeat(length))
    for (const id of partitions) {
      const stream = `arn:aws:kinesis:${home.region}:${accountIds.home}:stream/${StreamName}`
      await to(stream)({ ...failure, partition: { id, after: [] } })
    }
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }),
    )
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    const letters = Records.map(({ Data = [] }) => JSON.parse(Buffer.from(Data).toString()))
    expect(letters.map(({ partition }) => partition)).toEqual(partitions)
    expect(Records.map(({ PartitionKey }) => PartitionKey?.length)).toEqual([256, 32, 32])
  })

  it('nowhere that does not take it, and then it is not done', async () => {
    await expect(to('s3://nowhere-at-all/', { forcePathStyle: true })(failure)).rejects.toThrow(
      /^s3:\/\/nowhere-at-all\/ does not take the record at 7 of shard-1, which failed: NoSuchBucket/,
    )
  })

  it('nowhere without a destination', () => {
    expect(() => to('somewhere')).toThrow('destination must be the URL of a queue')
  })
})
