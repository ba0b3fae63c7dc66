import { describe, expect, it } from 'vitest'
import { filter, receive } from '../../src/index.ts'
import { eventOf, keepingLogger, record } from '../records.ts'
import { contextOf, one, order, two } from './context.ts'

const large = filter([one, two], { expression: 'total >= 1000' })

describe('filter', () => {
  it('forwards a message as it is, of which its expression is true', async () => {
    const message = order('{ "total": 1000 }')
    const context = contextOf(message)
    await large(message, context)
    expect(context.sent.map(({ target, message: { body } }) => [target, body])).toEqual([
      [one, message.body],
      [two, message.body],
    ])
  })

  it('discards one of which it is false: it is done, and the log says why', async () => {
    const logger = keepingLogger()
    const event = eventOf(record('{"total":999}', { type: 'order' }))
    expect(await receive(event, { logger }, large)).toEqual({ batchItemFailures: [] })
    expect(logger.lines).toEqual([
      expect.objectContaining({
        level: 'info',
        message: 'message discarded',
        attributes: expect.objectContaining({ reason: 'the filter of its route does not let it pass' }),
      }),
    ])
  })

  it('fails one whose body was too large to be read', async () => {
    const bodyReference = { key: 'orders/1', sha256: 'a'.repeat(64), length: 1_000, expandedLength: 20_000_000 }
    const message = { ...order({}), body: '', bodyReference }
    await expect(large(message, contextOf(message))).rejects.toThrow(
      "its body of 20000000 bytes is too large for its route's processor",
    )
  })

  it.each(['total', 'nothing', '"true"', '[true]'])('fails one of which it is neither: %s', async (expression) => {
    const message = order({ total: 1 })
    await expect(filter([one], { expression })(message, contextOf(message))).rejects.toThrow(
      'The expression of "filter" for messages of type "order" gives neither true nor false.',
    )
  })
})
