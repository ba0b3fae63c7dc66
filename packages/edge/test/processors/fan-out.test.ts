import { describe, expect, it } from 'vitest'
import { type FanOutOptions, fanOut } from '../../src/index.ts'
import { contextOf, one, order, two } from './context.ts'

async function split(body: unknown, options?: FanOutOptions, targets = [one]) {
  const message = order(body)
  const context = contextOf(message)
  await fanOut(targets, options)(message, context)
  return context
}

describe('fanOut', () => {
  it('sends each item of the list that the body is, in its order, to every target', async () => {
    const { sent } = await split([{ id: 1 }, 'plain text', 3, null, [4]], undefined, [one, two])
    for (const queue of [one, two]) {
      const bodies = sent.filter(({ target }) => target === queue).map(({ message }) => message.body)
      expect(bodies).toEqual(['{"id":1}', 'plain text', '3', 'null', '[4]'])
    }
    for (const { message } of sent) expect(message).toMatchObject({ type: 'order', groupId: 'customer-7' })
  })

  it('sends each item of the list that its expression makes, with the type that the route gives', async () => {
    const body = { id: 7, lines: [{ article: 'a' }, { article: 'b' }] }
    const { sent } = await split(body, { expression: '[lines.{ "order": $$.id, "article": article }]', type: 'line' })
    expect(sent.map(({ message }) => [message.type, message.body])).toEqual([
      ['line', '{"order":7,"article":"a"}'],
      ['line', '{"order":7,"article":"b"}'],
    ])
  })

  it('sends a single item, too, when the expression is in [ ]', async () => {
    expect((await split({ lines: [{ id: 1 }] }, { expression: '[lines.id]' })).sent).toHaveLength(1)
  })

  it('sends nothing of an empty list, and says so at debug', async () => {
    const { sent, lines } = await split({}, { expression: '[lines.id]' })
    expect(sent).toEqual([])
    expect(lines).toEqual([{ level: 'debug', message: 'message split', attributes: { items: 0 } }])
    expect((await split([])).sent).toEqual([])
  })

  it('fails a message without a list', async () => {
    await expect(split({ id: 1 })).rejects.toThrow(
      'The message cannot be sent or read: its body is not a list, and its route has no expression of one.',
    )
    for (const expression of ['id', 'nothing']) {
      await expect(split({ id: 1 }, { expression })).rejects.toThrow(
        'The expression of "fanOut" for messages of type "order" gives no list; put it into [ ], in which one item is a list too.',
      )
    }
  })

  it.each([
    ['10,000', 10_000, [two]],
    ['1,000 where a target is FIFO', 1_000, [two, one]],
  ])('fails a message with a list of more than %s', async (_, most, targets) => {
    const body = new Array(most + 1).fill(1)
    await expect(split(body, undefined, targets)).rejects.toThrow(`its list has more than ${most} items.`)
    const whole = split(body, { expression: '$' }, targets)
    await expect(whole).rejects.toThrow(`its list has more than ${most} items.`)
    const { sent } = await split(body.slice(1), { expression: '$' }, targets)
    expect(sent).toHaveLength(most * targets.length)
  })

  it.each([
    ['is empty', ['a', '', 'b', 'c']],
    ['is no Unicode', ['a', '\ud800', 'b']],
  ])('sends nothing of a list with an item that %s', async (fault, list) => {
    for (const options of [{}, { expression: '[$]' }]) {
      const message = order(list)
      const context = contextOf(message)
      await expect(fanOut([one], options)(message, context)).rejects.toThrow(`cannot be sent or read: item 2 ${fault}.`)
      expect(context.sent).toEqual([])
    }
  })

  it('fails a body that is not JSON', async () => {
    await expect(split('[1')).rejects.toThrow('its body is not JSON')
  })
})
