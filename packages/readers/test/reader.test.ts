import { readConfiguration } from '@causeway-aws/handler'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readerConfiguration } from '../src/function/configuration.ts'
import { createReader } from '../src/function/reader.ts'
import { listSource } from './list-source.ts'

beforeEach(() => vi.stubEnv('AWS_REGION', 'eu-west-1'))
afterEach(() => vi.unstubAllEnvs())

it('stores nothing that is too large for the failures’ edge where the target has its large bodies', async () => {
  const queue = 'https://sqs.eu-west-1.amazonaws.com/111111111111'
  const bodies = { bucket: 'orders-bodies', prefix: 'orders/', bucketOwner: '111111111111' }
  const config = readConfiguration(readerConfiguration, {
    TARGET: `${queue}/orders.fifo`,
    MESSAGE_TYPE: 'order',
    TARGET_BODIES: JSON.stringify(bodies),
    FAILURES: `${queue}/failed.fifo`,
  })
  const { delivery } = createReader(config, { source: listSource({}), run: async () => ({}) as never })
  const record = { position: '1', data: Buffer.alloc(1024 ** 2), fault: 'it is no order' }
  const letter = delivery.onFailure?.({ partition: { id: 'a', after: [] }, record, error: undefined } as never)
  await expect(letter).rejects.toThrow(
    /failed\.fifo does not take the record at 1 of a, .*; a bucket takes records of any size\.$/,
  )
})
