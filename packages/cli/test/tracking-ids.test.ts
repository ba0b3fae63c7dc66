import { expect, it } from 'vitest'
import { trackingIdsOf } from '../src/tracking-ids.ts'

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo'
const sending = { queueUrl, type: 'order', group: undefined }

it('names what is sent again as it was named before, whichever host the edge is reached by', () => {
  const first = trackingIdsOf('monday', sending)('a hash', 7)
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  const elsewhere = 'https://eu-west-1.queue.amazonaws.com/111111111111/orders.fifo'
  expect(trackingIdsOf('monday', { ...sending, queueUrl: elsewhere })('a hash', 7)).toBe(first)
})

it('names differently whatever differs', () => {
  const other = 'https://sqs.eu-west-1.amazonaws.com/111111111111/answers.fifo'
  const all = [
    trackingIdsOf('monday', sending)('a hash', 7),
    trackingIdsOf('monday', sending)('a hash', 8),
    trackingIdsOf('monday', sending)('a hash'),
    trackingIdsOf('monday', sending)('another', 7),
    trackingIdsOf('tuesday', sending)('a hash', 7),
    trackingIdsOf('monday', { ...sending, type: 'answer' })('a hash', 7),
    trackingIdsOf('monday', { ...sending, group: 'g' })('a hash', 7),
    trackingIdsOf('monday', { ...sending, queueUrl: other })('a hash', 7),
  ]
  expect(new Set(all).size).toBe(all.length)
})
