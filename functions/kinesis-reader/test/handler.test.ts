import { readFile } from 'node:fs/promises'
import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import type { SQSEvent } from 'aws-lambda'
import { expect, it, vi } from 'vitest'

// The configuration is read when the function is loaded, so its variables come first.
vi.stubEnv('MESSAGE_TYPE', 'order')
const { handler } = await import('../src/handler.ts')
const event: SQSEvent = JSON.parse(await readFile(new URL('../events/order.json', import.meta.url), 'utf8'))

it('prints each message, and hands none of them back', async () => {
  using log = captureLog()
  expect(await handler(event, lambdaContext())).toEqual({ batchItemFailures: [] })
  expect(log.lines).toContainEqual(expect.objectContaining({ message: 'message received', body: '{"order":1001}' }))
})
