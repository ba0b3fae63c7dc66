import type { SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPause, pauseTag } from '../src/pause.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

it('asks SQS every twenty seconds, and stays as it is while that does not answer', async () => {
  const send = vi.fn()
  const isPaused = createPause({ send } as unknown as SQSClient, 'http://127.0.0.1:4566/111111111111/orders')
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
