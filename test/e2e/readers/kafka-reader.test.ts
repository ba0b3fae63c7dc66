import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { accountIds, type KafkaCluster } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, testSandbox } from '../../sandbox.ts'
import { makeOrders, type Orders } from './kafka-orders.ts'
import { type ReaderStacks, readerStacks } from './reader-stack.ts'

let stacks: ReaderStacks
let cluster: KafkaCluster
let orders: Orders
beforeAll(async () => {
  stacks = await readerStacks(testSandbox())
  cluster = await testSandbox().kafka()
  orders = await makeOrders(testSandbox(), cluster)
}, 180_000)
afterAll(() => orders?.[Symbol.asyncDispose]())

const reader = (name: string, given?: string, more = {}) => {
  const read = { ClusterArn: cluster.clusterArn, TopicName: orders.topic, GroupName: name }
  return stacks.reader(name, 'kafka-reader.yaml', read, { ...read, ...more }, given)
}

describe('A topic of the partner, read by the function,', () => {
  it('arrives at an edge, in order, as the planner has its members read', { timeout: 180_000 }, async () => {
    const name = await reader('topic-orders')
    await orders.write(400)
    expect(await stacks.plan(name)).toEqual({ planned: 2, claimed: 0, finished: 0, waiting: 0 })
    const arrived = await stacks.arrived(400)
    expect(arrived).toEqual(new Map([...orders.written].map(([key, numbers]) => [key, numbers.map(String)])))
  })

  it("arrives without a role as AWS's mapping brings it", { timeout: 120_000 }, async () => {
    const ConnectionArn = `arn:aws:kafka:${stacks.home.region}:${accountIds.home}:vpc-connection/${accountIds.partner}/orders/1234abcd-2`
    await expect(reader('topic-both', undefined, { ConnectionArn })).rejects.toThrow('Give either RoleArn')
    const FunctionName = await reader('topic-mapped', undefined, { ConnectionArn, RoleArn: '', ExternalIdArn: '' })
    const Payload = await readFile(join(root, 'functions/kafka-reader/events/msk.json'))
    const { FunctionError } = await new LambdaClient(stacks.home).send(new InvokeCommand({ FunctionName, Payload }))
    expect(FunctionError).toBeUndefined()
    const arrived = await stacks.arrived(2)
    expect([...arrived.values()].flat().sort()).toEqual(['{"order":1014}', '{"order":1015}'])
  })

  it('is refused with another ExternalId, and the log says so', { timeout: 120_000 }, async () => {
    const name = await reader('topic-refused', 'not-the-external-id-of-this-role')
    await stacks.plan(name)
    const signal = AbortSignal.timeout(60_000)
    let refusal = ''
    for await (const { message } of testSandbox().logs(name, { account: 'home', follow: true, signal })) {
      if (!message.includes('a drain failed')) continue
      refusal = message
      break
    }
    expect(refusal).toMatch(/STS refuses .*topic-refused-reader/)
    expect(refusal).not.toContain('not-the-external-id-of-this-role')
  })
})
