import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole } from '@causeway-aws/auth'
import { createEdge, createMessage, type Edge, type EdgeOptions, EdgeSendError, type Message } from '@causeway-aws/edge'
import { accountIds, clientOptions } from '@causeway-aws/sandbox'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { compare, exactlyOnce } from './deliveries.ts'
import {
  answerLost,
  badGateway,
  halfAccepted,
  internalError,
  requestThrottled,
  reset,
  throttling,
  unavailable,
} from './faults.ts'
import { type Fault, type FaultProxy, startFaultProxy } from './proxy.ts'
import { createQueue, type TestQueue } from './queue.ts'

const sandbox = testSandbox()
const homeOptions = clientOptions(await sandbox.credentials('home'))
const home = new SQSClient(homeOptions)
const half = halfAccepted(home)
const all = [reset, answerLost, unavailable, internalError, badGateway, throttling, requestThrottled, half]

let proxy: FaultProxy
beforeEach(async () => {
  proxy = await startFaultProxy(homeOptions.endpoint)
})
afterEach(() => proxy[Symbol.asyncDispose]())

/** An edge whose requests go through the proxy, each made once. */
function edgeTo({ url }: TestQueue, options: Partial<EdgeOptions> = {}): Edge {
  const client = new SQSClient({ ...homeOptions, endpoint: proxy.endpoint, maxAttempts: 1 })
  return createEdge({ queueUrl: url, client, backoff: () => 1, ...options })
}

/** What is left of a batch that was accepted by half is a new batch, which meets the fault again. */
const patient = { maxAttempts: 20 }

const groups = (count: number, perGroup: number): Message[] =>
  Array.from({ length: count * perGroup }, (_, index) =>
    createMessage({ type: 'order', body: `message ${index}`, groupId: `group-${index % count}` }),
  )

async function errorOf(sending: Promise<void>): Promise<EdgeSendError> {
  const thrown = await sending.catch((error: unknown) => error)
  return thrown instanceof EdgeSendError ? thrown : expect.fail(`expected an EdgeSendError, got ${thrown}`)
}

/** The messages that an error names, in their order. */
const named = ({ notAccepted }: EdgeSendError, messages: readonly Message[]) =>
  notAccepted.map(({ trackingId }) => messages.find((message) => message.trackingId === trackingId))

describe('one attempt at a batch of four', () => {
  const none: number[] = []
  it.each([
    { fault: reset, accepted: none, told: none },
    { fault: unavailable, accepted: none, told: none },
    { fault: internalError, accepted: none, told: none },
    { fault: badGateway, accepted: none, told: none },
    { fault: throttling, accepted: none, told: none },
    { fault: requestThrottled, accepted: none, told: none },
    { fault: half, accepted: [1, 3], told: [1, 3] },
    { fault: answerLost, accepted: [0, 1, 2, 3], told: none },
  ])('names what it was not told of as accepted, to be sent again: $fault.name', async ({ fault, accepted, told }) => {
    await using queue = await createQueue(home, { fifo: true })
    proxy.inject = () => fault
    const messages = groups(4, 1)
    const error = await errorOf(edgeTo(queue, { maxAttempts: 1 }).send(messages))
    expect(error.retryable).toBe(true)
    expect(named(error, messages)).toEqual(messages.filter((_, index) => !told.includes(index)))
    expect(await queue.drain()).toEqual(accepted.map((index) => messages[index]))
  })
})

describe.each(all)('a send whose every request meets a fault twice: $name', (fault) => {
  it('puts every message on a FIFO edge exactly once, in the order of its group', async () => {
    await using queue = await createQueue(home, { fifo: true })
    proxy.inject = twice(fault)
    const messages = groups(12, 4)
    await edgeTo(queue, patient).send(messages)
    expect(compare(messages, await queue.drain())).toEqual(exactlyOnce)
    expect(proxy.injected.get(fault.name)).toBeGreaterThanOrEqual(8)
  })

  it('puts every message on a standard edge at least once', async () => {
    await using queue = await createQueue(home, { fifo: false })
    proxy.inject = twice(fault)
    const messages = groups(48, 1)
    await edgeTo(queue, patient).send(messages)
    const { lost, repeated } = compare(messages, await queue.drain())
    expect(lost).toEqual([])
    // Without deduplication what was accepted is accepted again when the answer was lost.
    expect(repeated.length).toBe(fault === answerLost ? 2 * messages.length : 0)
  })
})

describe('a refusal for good', () => {
  it('names the message that is too large and what it holds up, and nothing else is lost', async () => {
    await using queue = await createQueue(home, { fifo: true })
    proxy.inject = twice(half)
    const messages = groups(3, 5)
    const large = { ...(messages[4] as Message), body: 'x'.repeat(1_048_576) }
    messages[4] = large
    const heldUp = messages.slice(5).filter(({ groupId }) => groupId === large.groupId)
    const error = await errorOf(edgeTo(queue, patient).send(messages))
    expect(error.retryable).toBe(false)
    expect(error.notAccepted[0]?.reason).toMatch(/^its 104\d{4} bytes are over the limit of 1048576$/)
    expect(named(error, messages)).toEqual([large, ...heldUp])
    const others = messages.filter((message) => message !== large && !heldUp.includes(message))
    expect(compare(others, await queue.drain())).toEqual(exactlyOnce)
  })

  it("is told in AWS's words when the edge's policy is taken away in the middle; the rest can be sent when it is back", async () => {
    await using queue = await createQueue(home, { fifo: true })
    await queue.admit(accountIds.partner)
    let calls = 0
    const policyTakenAway: Fault = {
      name: 'policy taken away',
      async befall({ forward, answer }) {
        await queue.admitNobody()
        answer(await forward())
      },
    }
    proxy.inject = () => (++calls === 6 ? policyTakenAway : undefined)
    const partner = clientOptions(await sandbox.credentials('partner'))
    const client = new SQSClient({ ...partner, endpoint: proxy.endpoint })
    const edge = edgeTo(queue, { client })
    const messages = groups(12, 5)
    const error = await errorOf(edge.send(messages))
    expect(error.retryable).toBe(false)
    expect(error.message).toMatch(/AccessDenied: User: arn:aws:iam::222222222222:user\/administrator is not authorized/)
    const missing = named(error, messages) as Message[]
    const accepted = messages.filter((message) => !missing.includes(message))
    expect(accepted.length).toBeGreaterThan(20)

    await queue.admit(accountIds.partner)
    await edge.send(missing)
    const arrived = await queue.drain()
    expect(new Set(arrived.slice(0, accepted.length))).toEqual(new Set(accepted))
    expect(compare(messages, arrived)).toEqual(exactlyOnce)
  })
})

it.each([reset, answerLost, unavailable, badGateway, throttling])(
  'says that it may pass when STS fails and no session is held: $name',
  async (fault) => {
    await using queue = await createQueue(home, { fifo: true })
    proxy.inject = () => fault
    const sts = new STSClient({ ...homeOptions, endpoint: proxy.endpoint, maxAttempts: 1 })
    const credentials = assumedRole({ roleArn: 'arn:aws:iam::111111111111:role/sender', sts })
    const client = new SQSClient({ ...homeOptions, credentials })
    const error = await errorOf(edgeTo(queue, { client }).send(groups(1, 2)))
    expect(error.retryable).toBe(true)
  },
)

/** Each call, by its content, meets the fault when it is made first, and when it is made again. */
function twice(fault: Fault): FaultProxy['inject'] {
  const met = new Map<string, number>()
  return ({ body }) => {
    const times = (met.get(body) ?? 0) + 1
    met.set(body, times)
    return times <= 2 ? fault : undefined
  }
}
