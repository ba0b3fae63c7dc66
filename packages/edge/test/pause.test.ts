import {
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPause, pauseTag } from '../src/receiving/pause.ts'
import { createPoll } from '../src/receiving/poll.ts'
import { keepingLogger } from './records.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const queueUrl = 'http://127.0.0.1:4566/111111111111/orders'

it('asks SQS every twenty seconds, and stays as it is while that does not answer', async () => {
  const send = vi.fn()
  const pollable = createPause(
    { send } as unknown as SQSClient,
    queueUrl,
    keepingLogger(),
    new AbortController().signal,
  )
  const refused = new Error('throttled')
  const answers = [refused, { Tags: { [pauseTag]: '' } }, refused, { Tags: {} }, refused]
  const states: number[] = []
  for (const answer of answers) {
    if (answer instanceof Error) send.mockRejectedValueOnce(answer)
    else send.mockResolvedValueOnce(answer)
    states.push(await pollable(), await pollable())
    vi.advanceTimersByTime(20_000)
  }
  expect(states).toEqual([20, 20, 0, 0, 0, 0, 20, 20, 20, 20])
  expect(send).toHaveBeenCalledTimes(5)
})

it('has no poll outlast the answer by which it began', async () => {
  const waits: (number | undefined)[] = []
  let asked = 0
  const client = {
    async send(command: unknown) {
      if (command instanceof ListQueueTagsCommand) asked += 1
      if (command instanceof GetQueueAttributesCommand) return { Attributes: { QueueArn: 'arn' } }
      if (command instanceof ReceiveMessageCommand) waits.push(command.input.WaitTimeSeconds)
      return {}
    },
  } as unknown as SQSClient
  const { signal } = new AbortController()
  const poll = await createPoll({ client, queueUrl, visibilityTimeout: 60, logger: keepingLogger(), signal })
  for (const later of [0, 12_500, 6_000, 1_000]) {
    vi.advanceTimersByTime(later)
    await poll(10)
  }
  expect(waits).toEqual([20, 7, 1, 20])
  expect(asked).toBe(2)
})

it('waits five seconds for an answer, or until the signal fires, and is not paused without one', async () => {
  const silent = { send: () => new Promise(() => {}) } as unknown as SQSClient
  const waiting = createPause(silent, queueUrl, keepingLogger(), new AbortController().signal)()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await waiting).toBe(15)

  const ending = new AbortController()
  const ended = createPause(silent, queueUrl, keepingLogger(), ending.signal)()
  ending.abort()
  expect(await ended).toBe(20)
})

it('says once that it is refused, and nothing of what may pass', async () => {
  const send = vi.fn()
  const logger = keepingLogger()
  const pollable = createPause({ send } as unknown as SQSClient, queueUrl, logger, new AbortController().signal)
  const denied = Object.assign(new Error('User is not authorized'), { name: 'AccessDenied' })
  for (const error of [Object.assign(new Error('busy'), { name: 'RequestThrottled' }), denied, denied]) {
    send.mockRejectedValueOnce(error)
    expect(await pollable()).toBe(20)
    vi.advanceTimersByTime(20_000)
  }
  const reason = 'AccessDenied: User is not authorized'
  const attributes = { queueUrl, reason, needed: 'sqs:ListQueueTags' }
  expect(logger.lines).toEqual([{ level: 'warn', message: 'edge cannot be paused', attributes }])
})
