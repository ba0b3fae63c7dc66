import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createReaderHandler } from '../src/function/index.ts'
import { SourceError } from '../src/source-error.ts'

const failing = (): Promise<never> => Promise.reject(new SourceError('the role was taken back.'))

/** The function of a reader whose partner has taken everything back. */
function refusedReader() {
  const queue = 'https://sqs.eu-west-1.amazonaws.com/111111111111'
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('TARGET', `${queue}/orders.fifo`)
  vi.stubEnv('MESSAGE_TYPE', 'order')
  vi.stubEnv('CHECKPOINT_TABLE', 'causeway-orders-checkpoints')
  vi.stubEnv('WORK_QUEUE', `${queue}/causeway-orders-work.fifo`)
  return createReaderHandler({
    name: 'orders-reader',
    configuration: {},
    drainable: () => ({
      source: {
        name: 'orders',
        async *partitions() {
          yield await failing()
        },
      },
      run: failing,
    }),
    mapped: failing,
  })
}

afterEach(() => vi.unstubAllEnvs())

describe('The function of a reader', () => {
  it.each([
    ['to plan', { plan: true }],
    ['to deliver what a mapping brings', { Records: [{ eventSource: 'aws:kinesis' }] }],
  ])('counts a failure %s, on which there is an alarm, and fails', async (_, event) => {
    const handler = refusedReader()
    using log = captureLog()
    await expect(handler(event, lambdaContext())).rejects.toThrow('the role was taken back')
    expect(log.lines.filter(({ ReaderFailures }) => ReaderFailures !== undefined)).toEqual([
      expect.objectContaining({ service: 'orders-reader', ReaderFailures: 1 }),
    ])
  })
})
