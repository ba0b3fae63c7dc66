import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDeadline } from '../src/deadline.ts'
import { DeadlineError } from '../src/index.ts'
import { lambdaContext } from '../src/testing.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe("An invocation's signal", () => {
  it('fires drainMargin before the deadline', () => {
    const { signal } = startDeadline(lambdaContext(30_000), 2_000)
    vi.advanceTimersByTime(27_999)
    expect(signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toBeInstanceOf(DeadlineError)
    expect(signal.reason).toMatchObject({ code: 'DeadlineError', retryable: true })
  })

  it('has fired from the start when the whole timeout is within the margin, and says what to do', () => {
    const { signal } = startDeadline(lambdaContext(1_500), 2_000)
    expect(signal.aborted).toBe(true)
    expect(signal.reason.message).toContain('Give the function a longer timeout.')
  })

  it('leaves no timer behind', () => {
    startDeadline(lambdaContext(30_000), 2_000)[Symbol.dispose]()
    startDeadline(lambdaContext(1_000), 2_000)[Symbol.dispose]()
    expect(vi.getTimerCount()).toBe(0)
  })
})
