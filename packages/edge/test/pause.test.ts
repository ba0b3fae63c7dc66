import type { SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPause, pauseTag } from '../src/pause.ts'
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
  const isPaused = createPause(
    { send } as unknown as SQSClient,
    queueUrl,
    keepingLogger(),
    new AbortController().signal,
  )
  const refused = new Error('throttled')
  const answers = [refused, { Tags: { [pauseTag]: '' } }, refused, { Tags: {} }, refused]
  const states: boolean[] = []
  for (const answer of answers) {
    if (answer instanceof Error) send.mockRejectedValueOnce(answer)
    else send.mockResolvedValueOnce(answer)
    states.push(await isPaused(), await isPaused())
    vi.advanceTimersByTime(20_000)
  }
  expect(states).toEqual([false, false, true, true, true, true, false, false, false, false])
  expect(send).toHaveBeenCalledTimes(5)
})

it('waits five seconds for an answer, or until the signal fires, and is not paused without one', async () => {
  const silent = { send: () => new Promise(() => {}) } as unknown as SQSClient
  const waiting = createPause(silent, queueUrl, keepingLogger(), new AbortController().signal)()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await waiting).toBe(false)

  const ending = new AbortController()
  const ended = createPause(silent, queueUrl, keepingLogger(), ending.signal)()
  ending.abort()
  expect(await ended).toBe(false)
})

it('says once that it is refused, and nothing of what may pass', async () => {
  const send = vi.fn()
  const logger = keepingLogger()
  const isPaused = createPause({ send } as unknown as SQSClient, queueUrl, logger, new AbortController().signal)
  const denied = Object.assign(new Error('User is not authorized'), { name: 'AccessDenied' })
  for (const error of [Object.assign(new Error('busy'), { name: 'RequestThrottled' }), denied, denied]) {
    send.mockRejectedValueOnce(error)
    expect(await isPaused()).toBe(false)
    vi.advanceTimersByTime(20_000)
  }
  const reason = 'AccessDenied: User is not authorized'
  const attributes = { queueUrl, reason, needed: 'sqs:ListQueueTags' }
  expect(logger.lines).toEqual([{ level: 'warn', message: 'edge cannot be paused', attributes }])
})
