import { EdgeSendError, type NotAccepted } from '@causeway-aws/edge'
import { describe, expect, it } from 'vitest'
import { sendRecords, TargetError } from '../../src/index.ts'

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo'
const context = { partition: { id: 'shard-0', after: [] }, signal: new AbortController().signal }
const records = [{ position: '1', data: Buffer.from('{"id":7}') }]

/** Sends a record to an edge that does not accept it. */
function sendRefused(...notAccepted: readonly Omit<NotAccepted, 'trackingId'>[]): Promise<unknown> {
  const failures = notAccepted.map((failure) => ({ trackingId: '0'.repeat(32), ...failure }))
  const edge = { send: () => Promise.reject(new EdgeSendError(queueUrl, failures, 10)) }
  return sendRecords({ edge, source: 'stream', type: 'order' })(records, context).catch((error) => error)
}

describe('Records that an edge does not accept', () => {
  it('are at fault where one of their messages is', async () => {
    const fault = { reason: 'its 2000000 bytes are over the limit', retryable: false, ofMessage: true } as const
    const heldBack = { reason: 'held back', retryable: false }
    expect(await sendRefused(fault, heldBack)).toBeInstanceOf(EdgeSendError)
  })

  it.each([
    ['for ever, where the edge may take them no more', { reason: 'AccessDenied: no', retryable: false }],
    ['for now, where the edge may take them later', { reason: 'RequestThrottled: slow down', retryable: true }],
  ])('are not at fault %s', async (_, failure) => {
    const error = await sendRefused(failure)
    expect(error).toBeInstanceOf(TargetError)
    expect(error).toMatchObject({ retryable: failure.retryable, message: expect.stringContaining(failure.reason) })
  })
})
