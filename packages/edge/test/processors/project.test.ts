import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fanOut, type Processor, project } from '../../src/index.ts'
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

it('project sends a text in quotes, and fanOut as it is, as the README has it', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  const example = /of the body `(.+?)`, `(.+?)` sends `(.+?)`, quotes and all\..* of that body, `(.+?)` sends `(.+?)`\./
  const [, body = '', projection = '', quoted, split = '', plain] = example.exec(readme) ?? []
  const sentBy = async (processor: Processor) => {
    const message = order(JSON.parse(body))
    const context = contextOf(message)
    await processor(message, context)
    return context.sent.map(({ message }) => message.body)
  }
  expect(await sentBy(project([one], { expression: projection }))).toEqual([quoted])
  expect(await sentBy(fanOut([one], { expression: split }))).toEqual([plain])
  expect(quoted).toBe(JSON.stringify(plain))
})
