import type { SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPause, pauseTag } from '../src/pause.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const queueUrl = 'http://127.0.0.1:4566/111111111111/orders'

it('asks SQS every twenty seconds, and stays as it is while that does not answer', async () => {
  const send = vi.fn()
  const isPaused = createPause({ send } as unknown as SQSClient, queueUrl, new AbortController().signal)
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
  const waiting = createPause(silent, queueUrl, new AbortController().signal)()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await waiting).toBe(false)

  const ending = new AbortController()
  const ended = createPause(silent, queueUrl, ending.signal)()
  ending.abort()
  expect(await ended).toBe(false)
})
