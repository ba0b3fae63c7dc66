import { setTimeout as sleep } from 'node:timers/promises'
import { CreateStreamCommand, type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
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

async function reader(name: string, given?: string): Promise<string> {
  const StreamArn = `arn:aws:kinesis:${stacks.home.region}:${accountIds.partner}:stream/${name}`
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: 2 }))
  return stacks.reader(name, 'kinesis-reader.yaml', { StreamArn }, { StreamArn }, given)
}

const put = (StreamName: string, numbers: readonly number[]) =>
  kinesis.send(
    new PutRecordsCommand({
      StreamName,
      Records: numbers.map((number) => ({ PartitionKey: `customer-${number % 7}`, Data: Buffer.from(`${number}`) })),
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

  it('is refused with another ExternalId', { timeout: 120_000 }, async () => {
    const name = await reader('stream-refused', 'not-the-external-id-of-this-role')
    await expect(stacks.plan(name)).rejects.toThrow(/STS refuses .*stream-refused-reader/)
  })
})
