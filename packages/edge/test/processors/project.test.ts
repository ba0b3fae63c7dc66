import { expect, it } from 'vitest'
import { project } from '../../src/index.ts'
import { contextOf, one, order, two } from './context.ts'

it('project sends what its expression makes of the body to every target', async () => {
  const message = order({ id: 7, price: 3 })
  const context = contextOf(message)
  await project([one, two], { expression: '{ "order": id }' })(message, context)
  expect(context.sent.map(({ target, message: { body, type } }) => [target, body, type])).toEqual([
    [one, '{"order":7}', 'order'],
    [two, '{"order":7}', 'order'],
  ])
})

it('project gives it the type of the route', async () => {
  const message = order({ id: 7 })
  const context = contextOf(message)
  await project([one], { expression: 'id', type: 'number' })(message, context)
  expect(context.sent[0]?.message).toMatchObject({ body: '7', type: 'number', groupId: 'customer-7' })
})
