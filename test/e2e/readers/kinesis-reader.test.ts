import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateStreamCommand,
  type KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { kinesisClient } from '@causeway-aws/readers'
import { accountIds } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../../sandbox.ts'
import { type ReaderStacks, readerStacks } from './reader-stack.ts'

let stacks: ReaderStacks
let kinesis: KinesisClient
beforeAll(async () => {
  stacks = await readerStacks(testSandbox())
  kinesis = kinesisClient(stacks.partner)
}, 120_000)

async function reader(name: string, given?: string, more: Record<string, string> = {}): Promise<string> {
  const StreamArn = `arn:aws:kinesis:${stacks.home.region}:${accountIds.partner}:stream/${name}`
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 2 }))
  return stacks.reader(name, 'kinesis-reader.yaml', { StreamArn }, { StreamArn, ...more }, given)
}

const put = (StreamName: string, numbers: readonly number[]) =>
  kinesis.send(
    new PutRecordsCommand({
      StreamName,
      Records: numbers.map((number) => ({ PartitionKey: `customer-${number % 7}`, Data: Buffer.from(`${number}`) })),
    }),
  )

const deny = (Action: string) => ({ Effect: 'Deny', Action, Resource: '*' })

const putOfOneKey = (StreamName: string, numbers: readonly number[]) =>
  kinesis.send(
    new PutRecordsCommand({
      StreamName,
      Records: numbers.map((number) => ({ PartitionKey: 'customer-0', Data: Buffer.from(`${number}`) })),
    }),
  )

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const byCustomer = (from: number, to: number) =>
  new Map(
    Array.from({ length: 7 }, (_, customer) => [
      `customer-${customer}`,
      numbers(from, to).flatMap((number) => (number % 7 === customer ? [`${number}`] : [])),
    ]),
  )

describe('A stream of the partner, read by the function,', () => {
  it('arrives at an edge, in order, once, as the planner has its shards drained', { timeout: 180_000 }, async () => {
    const name = await reader('stream-orders')
    await put('stream-orders', numbers(0, 300))
    expect(await stacks.plan(name)).toEqual({ planned: 2, claimed: 0, finished: 0, waiting: 0 })
    expect(await stacks.arrived(300)).toEqual(byCustomer(0, 300))
    await put('stream-orders', numbers(300, 400))
    await sleep(1_000) // the drains have ended
    await stacks.plan(name)
    expect(await stacks.arrived(100)).toEqual(byCustomer(300, 400))
  })

  // An edge takes the records of one key one by one, so that what Kinesis gives at once may take longer than a function has.
  it('is put back between two parts of what came at once, when its time is over', { timeout: 180_000 }, async () => {
    const name = await reader('stream-parts', undefined, { DrainSeconds: '1' })
    for (const from of numbers(0, 6)) await putOfOneKey('stream-parts', numbers(from * 500, from * 500 + 500))
    await stacks.plan(name)
    expect(await stacks.arrived(3_000)).toEqual(new Map([['customer-0', numbers(0, 3_000).map(String)]]))
    const drained = async () => {
      const counts: number[] = []
      for await (const { message } of testSandbox().logs(name, { account: 'home' })) {
        const { message: said, records = 0 } = message.startsWith('{') ? JSON.parse(message) : {}
        if (said === 'drained' && records > 0) counts.push(records)
      }
      return counts
    }
    const sum = async () => (await drained()).reduce((sum, records) => sum + records, 0)
    await expect.poll(sum, { timeout: 10_000 }).toBe(3_000)
    expect(Math.max(...(await drained()))).toBeLessThan(3_000)
  })

  it('arrives by a consumer of its own, which the role may be pushed by and nothing else', {
    timeout: 180_000,
  }, async () => {
    const StreamARN = `arn:aws:kinesis:${stacks.home.region}:${accountIds.partner}:stream/stream-pushed`
    await kinesis.send(new CreateStreamCommand({ StreamName: 'stream-pushed', ShardCount: 1 }))
    const registering = new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'reader' })
    const ConsumerArn = (await kinesis.send(registering)).Consumer?.ConsumerARN ?? ''
    const shared = { StreamArn: StreamARN, ConsumerArn }
    const name = await stacks.reader('stream-pushed', 'kinesis-reader.yaml', shared, shared)
    const Policy = { Version: '2012-10-17', Statement: [deny('kinesis:GetRecords'), deny('kinesis:GetShardIterator')] }
    const polling = {
      RoleName: 'stream-pushed-reader',
      PolicyName: 'no-polling',
      PolicyDocument: JSON.stringify(Policy),
    }
    await new IAMClient(stacks.partner).send(new PutRolePolicyCommand(polling))
    await put('stream-pushed', numbers(0, 100))
    await stacks.plan(name)
    expect(await stacks.arrived(100)).toEqual(byCustomer(0, 100))

    const mapped = { ...shared, Mapped: 'true', RoleArn: '' }
    await expect(stacks.reader('pushed-mapped', 'kinesis-reader.yaml', shared, mapped)).rejects.toThrow(
      'With Mapped there is no ConsumerArn',
    )
  })

  it('leaves what is no text in a bucket, and goes on', { timeout: 180_000 }, async () => {
    const s3 = new S3Client({ ...stacks.home, forcePathStyle: true })
    const Bucket = `failures-${crypto.randomUUID()}`
    await s3.send(new CreateBucketCommand({ Bucket }))
    const name = await reader('stream-failures', undefined, {
      Failures: `s3://${Bucket}/orders/`,
      FailuresArn: `arn:aws:s3:::${Bucket}/orders/*`,
      FailuresBucketOwner: accountIds.home,
    })
    const Data = Buffer.from([0xff, 0xfe, 0x00])
    await kinesis.send(new PutRecordCommand({ StreamName: 'stream-failures', PartitionKey: 'customer-0', Data }))
    await put('stream-failures', [7])
    await stacks.plan(name)
    expect(await stacks.arrived(1)).toEqual(new Map([['customer-0', ['7']]]))
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    expect(Contents.map(({ Key }) => Key)).toEqual([expect.stringMatching(/^orders\/shardId-0000/)])
  })

  it('is refused with another ExternalId', { timeout: 120_000 }, async () => {
    const name = await reader('stream-refused', 'not-the-external-id-of-this-role')
    await expect(stacks.plan(name)).rejects.toThrow(/STS refuses .*stream-refused-reader/)
  })
  it('fails, and counts it, where an alarm is on it, when the role may read it no more', async () => {
    const name = await reader('stream-revoked')
    expect(await stacks.plan(name)).toMatchObject({ planned: 2 })
    const policy = { RoleName: 'stream-revoked-reader', PolicyName: 'read' }
    await new IAMClient(stacks.partner).send(new DeleteRolePolicyCommand(policy))
    await expect(stacks.plan(name)).rejects.toThrow(/AccessDenied/)
    const counted = async () => {
      for await (const { message } of testSandbox().logs(name, { account: 'home' }))
        if (message.includes('"ReaderFailures":1')) return message
      return undefined
    }
    await expect.poll(counted, { timeout: 10_000 }).toContain('"service":"causeway-stream-revoked-reader"')
  }, 120_000)

  it("is not begun elsewhere than was said, where AWS's mapping reads it", async () => {
    const StreamArn = `arn:aws:kinesis:${stacks.home.region}:${accountIds.partner}:stream/mapped`
    const mapped = { StreamArn, Mapped: 'true', Start: '2026-11-22T12:00:00Z' }
    await expect(stacks.reader('mapped', 'kinesis-reader.yaml', { StreamArn }, mapped)).rejects.toThrow(
      'With Mapped, Start is earliest or latest',
    )
  })
})
