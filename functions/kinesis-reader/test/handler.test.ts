import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import { afterEach, expect, it, vi } from 'vitest'
import event from '../events/kinesis.json' with { type: 'json' }

afterEach(() => vi.unstubAllEnvs())

it('is not loaded without its variables, and names each of them', async () => {
  const error: unknown = await import('../src/handler.ts').catch((reason: unknown) => reason)
  for (const variable of ['STREAM', 'TARGET', 'MESSAGE_TYPE']) expect(String(error)).toContain(`${variable}: `)
  for (const variable of ['ROLE_ARN', 'START', 'WORK_QUEUE']) expect(String(error)).not.toContain(`${variable}: `)
})

it("counts a failure, on which there is an alarm, when the edge takes nothing of what AWS's mapping brings", async () => {
  const nobody = 'http://127.0.0.1:1/111111111111/orders.fifo'
  for (const [name, value] of Object.entries({
    ...{ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    ...{ AWS_ENDPOINT_URL: 'http://127.0.0.1:1', TARGET: nobody, MESSAGE_TYPE: 'order', ENCODING: 'base64' },
    STREAM: 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders',
  }))
    vi.stubEnv(name, value)
  vi.resetModules()
  const { handler } = await import('../src/handler.ts')
  using log = captureLog()
  const answer = await handler(event, lambdaContext(3_000))
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: event.Records[0]?.kinesis.sequenceNumber }] })
  expect(log.lines).toContainEqual(expect.objectContaining({ ReaderFailures: 1 }))
})
