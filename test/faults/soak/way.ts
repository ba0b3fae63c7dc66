import { setTimeout as sleep } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, createMessage, fullJitter } from '@causeway-aws/edge'
import { clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import fc from 'fast-check'
import { expect } from 'vitest'
import { exactlyOnce } from '../deliveries.ts'
import { answerLost, badGateway, halfAccepted, requestThrottled, reset, throttling, unavailable } from '../faults.ts'
import { startFaultProxy } from '../proxy.ts'
import { outageOf, seeded } from '../seeded.ts'
import { deployShipments } from '../shipments.ts'
import { planOf, ratesOf } from './plan.ts'
import { report, rounds } from './rounds.ts'
import { sendUntilAccepted } from './send.ts'
import { add, noTotals } from './totals.ts'

/** Partner to home's function to partner. In each round some messages cannot be forwarded for a while. */
export async function soakWay(sandbox: Sandbox): Promise<void> {
  const options = clientOptions(await sandbox.credentials('partner'))
  const owner = new SQSClient(options)
  await using proxy = await startFaultProxy(options.endpoint)
  await using shipments = await deployShipments(sandbox, proxy)
  const client = new SQSClient({ ...options, endpoint: proxy.endpoint, credentials: shipments.sender, maxAttempts: 1 })
  const backoff = fullJitter({ baseDelay: 2, maxDelay: 20 })
  const edge = createEdge({ queueUrl: shipments.queueUrl, client, backoff })
  // The function gives a message up after 6 attempts, for each of which the SDK makes up to 3 calls.
  const lasting = [
    { fault: halfAccepted(owner), calls: 8 },
    { fault: answerLost, calls: 20 },
    { fault: unavailable, calls: 20 },
  ]
  const plans = fc.record({
    groups: fc.integer({ min: 1, max: 8 }),
    perGroup: fc.integer({ min: 1, max: 5 }),
    rates: ratesOf([reset, answerLost, unavailable, badGateway, throttling, requestThrottled]),
    outage: fc.constantFrom(...lasting),
    unlucky: fc.nat(20).map(String),
    refused: fc.boolean(),
  })
  const totals = noTotals()

  await rounds(async (seed) => {
    const { groups, perGroup, rates, outage, unlucky, refused } = planOf(plans, seed)
    const messages = Array.from({ length: groups * perGroup }, (_, index) =>
      createMessage({ type: 'shipment', body: `${index}`, groupId: `${seed}-${index % groups}` }),
    )
    const long = outageOf(shipments.arrivals.url, unlucky, outage)
    const short = seeded(seed, rates)
    proxy.inject = (call) => long(call) ?? short(call)
    if (refused) await shipments.arrivals.admitNobody()
    await sendUntilAccepted(edge, messages)
    if (refused) {
      await sleep(500)
      await shipments.arrivals.admit([shipments.functionRoleArn])
    }
    for (let left = messages.length; left > 0; await sleep(50)) {
      // In this order: what has left the edge by now has arrived before.
      left = await shipments.size()
      expect(left + (await shipments.arrivals.size())).toBeGreaterThanOrEqual(messages.length)
    }
    expect(add(totals, messages, await shipments.arrivals.drain())).toEqual(exactlyOnce)
  })
  report('The whole way', totals, proxy)
}
