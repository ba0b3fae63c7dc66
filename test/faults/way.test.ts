import { setTimeout as sleep } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, createMessage, type Edge, type Message } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { compare, exactlyOnce } from './deliveries.ts'
import { answerLost, partlyAccepted } from './faults.ts'
import { type FaultProxy, startFaultProxy } from './proxy.ts'
import { deployShipments, type Shipments } from './shipments.ts'

const sandbox = testSandbox()
let proxy: FaultProxy
let shipments: Shipments
let edge: Edge
let owner: SQSClient

beforeAll(async () => {
  const partner = clientOptions(await sandbox.credentials('partner'))
  proxy = await startFaultProxy(partner.endpoint)
  shipments = await deployShipments(sandbox, proxy)
  owner = new SQSClient(partner)
  const client = new SQSClient({ ...partner, credentials: shipments.sender })
  edge = createEdge({ queueUrl: shipments.queueUrl, client })
})
afterAll(async () => {
  await shipments[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
})
beforeEach(async () => {
  // What a test before left, should it have failed.
  proxy.inject = () => undefined
  await shipments.arrivals.admit([shipments.functionRoleArn])
  await arrived()
})

it('keeps every message on the edge while the target refuses them, and delivers all in order when it does not', async () => {
  const messages = shipmentsOf(['a', 'b', 'c'], 4)
  await shipments.arrivals.admitNobody()
  const before = proxy.calls('SendMessageBatch')
  await edge.send(messages)
  // Each of the three groups is tried, and tried again.
  await until(() => proxy.calls('SendMessageBatch') >= before + 6)
  expect(await shipments.size()).toBe(messages.length)
  expect(await shipments.arrivals.size()).toBe(0)

  await shipments.arrivals.admit([shipments.functionRoleArn])
  expect(compare(messages, await arrived())).toEqual(exactlyOnce)
})

it('goes on with the other groups while the messages of one fail', async () => {
  const messages = shipmentsOf(['well', 'unwell'], 3)
  const [well = [], unwell = []] = ['well', 'unwell'].map((group) => messages.filter((m) => m.groupId === group))
  const failing = partlyAccepted(owner, (body) => body.startsWith('unwell'))
  proxy.inject = ({ action, body }) => (action === 'SendMessageBatch' && body.includes('unwell') ? failing : undefined)
  await edge.send(messages)
  await until(async () => (await shipments.size()) === unwell.length)
  expect(await shipments.arrivals.size()).toBe(well.length)

  proxy.inject = () => undefined
  expect(compare(messages, await arrived())).toEqual(exactlyOnce)
})

it('sends a message again whose acceptance it was never told of, and the target takes it once', async () => {
  const messages = shipmentsOf(['a'], 3)
  const before = proxy.calls('SendMessageBatch')
  proxy.inject = ({ body }) => (body.includes(`"${messages[0]?.body}"`) ? answerLost : undefined)
  await edge.send(messages)
  // More calls than one run of the function makes: it was run again.
  await until(() => proxy.calls('SendMessageBatch') > before + 8)
  expect(await shipments.size()).toBe(messages.length)
  expect(await shipments.arrivals.size()).toBe(1)

  proxy.inject = () => undefined
  expect(compare(messages, await arrived())).toEqual(exactlyOnce)
})

const shipmentsOf = (groups: readonly string[], perGroup: number): Message[] =>
  Array.from({ length: perGroup }, (_, index) =>
    groups.map((groupId) => createMessage({ type: 'shipment', body: `${groupId} ${index}`, groupId })),
  ).flat()

/** What arrives until the edge is empty. */
async function arrived(): Promise<Message[]> {
  await until(async () => (await shipments.size()) === 0)
  return shipments.arrivals.drain()
}

/** Waits for something to come about; the test's own time limit ends the wait. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50)
}
