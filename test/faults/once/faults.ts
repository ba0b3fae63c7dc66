import {
  ChangeMessageVisibilityBatchCommand,
  type ChangeMessageVisibilityBatchCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { answerLost, json, reset, slowDown, throttling, unavailable } from '../faults.ts'
import type { Fault, Injector } from '../proxy.ts'
import { bodiesOf, seeded } from '../seeded.ts'
import { messageCount, seed } from '../settings.ts'

const frequent = [throttling, unavailable, reset, answerLost]

/** What sends, what writes to the table and what records is refused, lost, or done without an answer. */
export function refusals(): Injector {
  const sends = seeded(
    seed,
    frequent.map((fault) => [fault, 0.04]),
  )
  const writes = seeded(
    seed,
    frequent.map((fault) => [fault, 0.003]),
  )
  const records = outages()
  return (call) => {
    if (call.action === 'SendMessageBatch' || call.action === 'SendMessage') return sends(call)
    if (call.action === 'PutObject' || call.action === 'GetObject') return records(call)
    return call.action === 'UpdateItem' ? writes(call) : undefined
  }
}

/** S3 fails now and then, and of a hundred calls six in a row: an object of records is given up after five attempts. */
function outages(): Injector {
  const seldom = seeded(
    seed,
    [slowDown, reset, answerLost].map((fault) => [fault, 0.05]),
  )
  const always = seeded(seed, [
    [slowDown, 0.35],
    [reset, 0.3],
    [answerLost, 1],
  ])
  let calls = 0
  return (call) => {
    calls += 1
    return (calls % 100 < 6 ? always : seldom)(call)
  }
}

interface Moment {
  readonly action: string
  /** Whether AWS does what it is asked in this moment. */
  readonly done: boolean
}

/**
 * Three of the worst. What is only claimed and what was only forwarded must look the same to the next process; what is
 * done and not yet recorded it must record.
 */
const moments: readonly Moment[] = [
  { action: 'SendMessageBatch', done: true },
  { action: 'UpdateItem', done: true },
  { action: 'PutObject', done: false },
]

/** Kills the node in the middle of a call: when it has forwarded a quarter, a half and three quarters of its messages. */
export function kills(kill: () => Promise<number>): Injector & { readonly killed: number[] } {
  const killed: number[] = []
  let begun = 0
  let forwarded = 0
  const killing = ({ done }: Moment): Fault => ({
    name: 'killed',
    async befall({ forward, reset }) {
      if (done) await forward()
      killed.push(await kill())
      reset()
    },
  })
  const injector: Injector = (call) => {
    if (call.action === 'SendMessageBatch') forwarded += bodiesOf(call).length
    const moment = moments[begun]
    if (moment?.action !== call.action || forwarded < (messageCount * (begun + 1)) / 4) return undefined
    begun += 1
    return killing(moment)
  }
  return Object.assign(injector, { killed })
}

/** A message that is to come again after minutes comes after a second. What is signed cannot be changed, so the owner asks. */
export function soon(owner: SQSClient): Injector {
  const fault: Fault = {
    name: 'soon',
    async befall({ call, answer }) {
      const { QueueUrl, Entries = [] }: ChangeMessageVisibilityBatchCommandInput = JSON.parse(call.body)
      const sooner = Entries.map((entry) => ({
        ...entry,
        VisibilityTimeout: Math.min(entry.VisibilityTimeout ?? 0, 1),
      }))
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: sooner })
      const { Successful = [], Failed = [] } = await owner.send(command)
      answer(json(200, { Successful, Failed }))
    },
  }
  return ({ action }) => (action === 'ChangeMessageVisibilityBatch' ? fault : undefined)
}
