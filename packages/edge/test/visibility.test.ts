import type { ChangeMessageVisibilityBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { createVisibility } from '../src/receiving/visibility.ts'
import { keepingLogger, record, standardQueue } from './records.ts'

/** What SQS is told of 25 messages of a queue, each request answered when `answer` is called. */
function changed(queue?: string) {
  const requests: (string | undefined)[][] = []
  const answers: (() => void)[] = []
  const client = {
    send({ input }: ChangeMessageVisibilityBatchCommand) {
      requests.push((input.Entries ?? []).map(({ ReceiptHandle }) => ReceiptHandle))
      return new Promise((resolve) => answers.push(() => resolve({})))
    },
  } as unknown as SQSClient
  const visibility = createVisibility({
    client,
    queueUrlOf: (arn) => arn,
    receivedAt: () => Date.now(),
    logger: keepingLogger(),
    signal: new AbortController().signal,
  })
  const records = Array.from({ length: 25 }, (_, n) => ({
    ...record(`${n}`, queue === undefined ? {} : { queue }),
    receiptHandle: `${n}`,
  }))
  return { visibility, records, requests, answer: () => answers.shift()?.() }
}

const turn = () => new Promise(setImmediate)

it('of a FIFO queue is told ten by ten, so that what is first of a group is hidden before the rest is shown', async () => {
  const { visibility, records, requests, answer } = changed()
  for (const each of records) visibility.change(each, 0)
  for (const count of [1, 2, 3]) {
    for (let turns = 0; turns < 5; turns += 1) await turn()
    expect(requests).toHaveLength(count)
    answer()
  }
  await visibility.settled()
  expect(requests.flat()).toEqual(records.map(({ receiptHandle }) => receiptHandle))
})

it('of a standard queue is told in requests side by side', async () => {
  const { visibility, records, requests } = changed(standardQueue)
  for (const each of records) visibility.change(each, 0)
  for (let turns = 0; turns < 5; turns += 1) await turn()
  expect(requests.map(({ length }) => length)).toEqual([10, 10, 5])
})

it('has the place of its last change where it is changed twice', async () => {
  const { visibility, records, requests } = changed()
  const [first, second] = records as [(typeof records)[0], (typeof records)[0]]
  for (const each of [first, second, first]) visibility.change(each, 0)
  for (let turns = 0; turns < 5; turns += 1) await turn()
  expect(requests).toEqual([['1', '0']])
})
