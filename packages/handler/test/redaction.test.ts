import { describe, expect, it } from 'vitest'
import { describeError } from '../src/index.ts'

describe('An error in the log', () => {
  it('has its name, code, message and stack, and the request id of AWS', () => {
    const error = Object.assign(new Error('Access to the resource is denied.'), {
      name: 'AccessDenied',
      code: 'AccessDenied',
      retryable: false,
      $metadata: { httpStatusCode: 403, requestId: 'a1b2' },
    })
    expect(describeError(error)).toEqual({
      name: 'AccessDenied',
      code: 'AccessDenied',
      message: 'Access to the resource is denied.',
      retryable: false,
      requestId: 'a1b2',
      stack: expect.stringContaining('redaction.test.ts'),
    })
  })

  it('has nothing else that hangs on it', () => {
    const error = Object.assign(new Error('refused'), {
      $response: { headers: { 'x-amz-security-token': 'hunter2' } },
      config: { password: 'hunter2' },
      input: { ExternalId: 'hunter2' },
    })
    expect(JSON.stringify(describeError(error))).not.toContain('hunter2')
  })

  it('has its causes described in the same way', () => {
    const cause = Object.assign(new TypeError('fetch failed'), { secret: 'hunter2' })
    const described = describeError(new Error('no answer', { cause }))
    expect(described.cause).toEqual({ name: 'TypeError', message: 'fetch failed', stack: expect.any(String) })
  })

  it('ends where its causes run in a circle', () => {
    const error = new Error('a')
    error.cause = new Error('b', { cause: error })
    expect(() => JSON.stringify(describeError(error))).not.toThrow()
  })

  it.each([
    'x-amz-security-token:hunter2\nx-amz-target:AmazonSQS.SendMessage',
    'https://bucket.s3.amazonaws.com/key?X-Amz-Security-Token=hunter2&X-Amz-Expires=60',
    'https://bucket.s3.amazonaws.com/key?X-Amz-Expires=60&X-Amz-Signature=hunter2',
  ])('does not repeat the session token or signature in %j', (message) => {
    const described = describeError(new Error(message))
    expect(JSON.stringify(described)).not.toContain('hunter2')
    expect(described.message).toContain('[redacted]')
  })

  it.each(['hunter2', 42, undefined, null, { password: 'hunter2' }])('does not show %j that was thrown', (thrown) => {
    expect(JSON.stringify(describeError(thrown))).not.toContain('hunter2')
    expect(describeError(thrown).message).toContain('not an error')
  })
})
