import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { accountIds } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { root, testSandbox } from '../../sandbox.ts'
import { type ReaderStacks, readerStacks } from './reader-stack.ts'

let stacks: ReaderStacks
let s3: S3Client
beforeAll(async () => {
  stacks = await readerStacks(testSandbox())
  s3 = new S3Client({ ...stacks.partner, forcePathStyle: true })
}, 120_000)

const reader = (name: string, BucketName: string, given?: string, more = {}, own = {}): Promise<string> => {
  const shared = { BucketName, Prefix: 'orders/', ...more }
  return stacks.reader(name, 's3-reader.yaml', shared, { ...shared, BucketOwner: accountIds.partner, ...own }, given)
}

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `{"order":${from + index}}`)
const put = (Bucket: string, Key: string, Body: string | Buffer) => s3.send(new PutObjectCommand({ Bucket, Key, Body }))
/** In the order in which they came: an object's records are of one group. */
const objectsOf = (arrived: Map<string, string[]>) => [...arrived.values()].sort()

describe('Objects of the partner, read by the function,', () => {
  it('arrive at an edge, in order, as the planner finds them', { timeout: 180_000 }, async () => {
    const bucket = `exports-${crypto.randomUUID()}`
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    const name = await reader('exports', bucket)
    await put(bucket, 'orders/1.ndjson', `${lines(0, 150).join('\n')}\n`)
    await put(bucket, 'orders/2.ndjson.gz', gzipSync(lines(150, 300).join('\n')))
    await put(bucket, 'invoices/1.ndjson', '{"invoice":1}')
    expect(await stacks.plan(name)).toEqual({ planned: 2, claimed: 0, finished: 0, waiting: 0 })
    expect(objectsOf(await stacks.arrived(300))).toEqual([lines(0, 150), lines(150, 300)])
  })

  it('arrive as the bucket tells of them', { timeout: 180_000 }, async () => {
    const bucket = `announced-${crypto.randomUUID()}`
    await reader('announced', bucket)
    await testSandbox().deploy({
      account: 'partner',
      stack: 'announced-bucket',
      template: join(root, 'infra/partner/bucket-notifications.yaml'),
      parameters: {
        BucketName: bucket,
        Prefix: 'orders/',
        QueueArn: `arn:aws:sqs:${stacks.home.region}:${accountIds.home}:causeway-announced-notifications`,
      },
    })
    await put(bucket, 'orders/a new one.ndjson', lines(0, 50).join('\n'))
    expect(objectsOf(await stacks.arrived(50))).toEqual([lines(0, 50)])
  })

  it('arrive as a topic of SNS tells of them', { timeout: 180_000 }, async () => {
    const Bucket = `fanned-out-${crypto.randomUUID()}`
    await s3.send(new CreateBucketCommand({ Bucket }))
    const TopicArn = `arn:aws:sns:${stacks.home.region}:${accountIds.partner}:${Bucket}`
    const shared = { BucketName: Bucket, Prefix: 'orders/' }
    const read = { ...shared, BucketOwner: accountIds.partner, TopicArn }
    await stacks.reader('fanned-out', 's3-reader.yaml', shared, read)
    // CloudFormation in the sandbox makes no subscription across accounts, so the partner makes it, and not raw.
    const QueueArn = `arn:aws:sqs:${stacks.home.region}:${accountIds.home}:causeway-fanned-out-notifications`
    await testSandbox().deploy({
      account: 'partner',
      stack: 'fanned-out-topic',
      template: join(import.meta.dirname, 'fanned-out.yaml'),
      parameters: { BucketName: Bucket, QueueArn, Raw: 'false' },
    })
    const TopicConfigurations = [{ TopicArn, Events: ['s3:ObjectCreated:*' as const] }]
    await s3.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { TopicConfigurations } }),
    )
    await put(Bucket, 'orders/1.ndjson', lines(0, 50).join('\n'))
    expect(objectsOf(await stacks.arrived(50))).toEqual([lines(0, 50)])
  })

  it('are read to their end that were replaced meanwhile, where the bucket keeps versions', async () => {
    const Bucket = `versions-${crypto.randomUUID()}`
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
    const { VersionId, ETag } = await put(Bucket, 'orders/a', lines(0, 50).join('\n'))
    await put(Bucket, 'orders/a', lines(50, 100).join('\n'))
    await reader('versions', Bucket, undefined, { Versions: 'true' })

    const object = { key: 'orders/a', size: 600, eTag: ETag, versionId: VersionId }
    const event = JSON.parse(await readFile(join(root, 'functions/s3-reader/events/notification.json'), 'utf8'))
    const [record] = JSON.parse(event.Records[0].body).Records
    const sqs = new SQSClient(stacks.home)
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'causeway-versions-notifications' }))
    const Records = [{ ...record, s3: { ...record.s3, bucket: { name: Bucket }, object } }]
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ Records }) }))
    expect(objectsOf(await stacks.arrived(50))).toEqual([lines(0, 50)])
  }, 180_000)

  it('are rows without a header, with tabs between the fields, where the template says so', async () => {
    const bucket = `rows-${crypto.randomUUID()}`
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    const name = await reader('rows', bucket, undefined, {}, { Format: 'csv', Delimiter: 'tab', Header: 'false' })
    await put(bucket, 'orders/1.tsv', '1\tAnn, Bell\n2\tCarl\n')
    await stacks.plan(name)
    expect(objectsOf(await stacks.arrived(2))).toEqual([['["1","Ann, Bell"]', '["2","Carl"]']])
  }, 180_000)

  it('are refused with another ExternalId', { timeout: 120_000 }, async () => {
    const name = await reader('exports-refused', 'exports-refused', 'not-the-external-id-of-this-role')
    await expect(stacks.plan(name)).rejects.toThrow(/STS refuses .*exports-refused-reader/)
  })
})
