import { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, createMessage, fullJitter } from '@causeway-aws/edge'
import { clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import fc from 'fast-check'
import { expect } from 'vitest'
import { exactlyOnce } from '../deliveries.ts'
import {
  answerLost,
  badGateway,
  halfAccepted,
  internalError,
  requestThrottled,
  reset,
  throttling,
  unavailable,
} from '../faults.ts'
import { startFaultProxy } from '../proxy.ts'
import { createQueue } from '../queue.ts'
import { seeded } from '../seeded.ts'
import { planOf, ratesOf } from './plan.ts'
import { report, rounds } from './rounds.ts'
import { sendUntilAccepted } from './send.ts'
import { add, noTotals } from './totals.ts'

/** Sends to one queue after another, and looks at what is on it. */
export async function soakEdges(sandbox: Sandbox, { fifo }: { fifo: boolean }): Promise<void> {
  const options = clientOptions(await sandbox.credentials('home'))
  const owner = new SQSClient(options)
  await using proxy = await startFaultProxy(options.endpoint)
  const faults = [
    reset,
    answerLost,
    unavailable,
    internalError,
    badGateway,
    throttling,
    requestThrottled,
    halfAccepted(owner),
  ]
  const plans = fc.record({
    groups: fc.integer({ min: 1, max: 15 }),
    perGroup: fc.integer({ min: 1, max: 8 }),
    rates: ratesOf(faults),
    edge: fc.record({
      maxBytes: fc.constantFrom(600, 1_048_576),
      concurrency: fc.integer({ min: 1, max: 10 }),
      maxAttempts: fc.integer({ min: 1, max: 6 }),
    }),
  })
  const client = new SQSClient({ ...options, endpoint: proxy.endpoint, maxAttempts: 1 })
  const backoff = fullJitter({ baseDelay: 2, maxDelay: 20 })
  const totals = noTotals()

  await rounds(async (seed) => {
    const plan = planOf(plans, seed)
    await using queue = await createQueue(owner, { fifo })
    proxy.inject = seeded(seed, plan.rates)
    const messages = Array.from({ length: plan.groups * plan.perGroup }, (_, index) =>
      createMessage({ type: 'order', body: `${index}`, ...(fifo && { groupId: `${index % plan.groups}` }) }),
    )
    await sendUntilAccepted(createEdge({ queueUrl: queue.url, client, backoff, ...plan.edge }), messages)
    const deliveries = add(totals, messages, await queue.drain())
    expect(deliveries).toEqual(fifo ? exactlyOnce : { ...exactlyOnce, repeated: expect.any(Array) })
  })
  report(fifo ? 'FIFO edges' : 'Standard edges', totals, proxy)
}
