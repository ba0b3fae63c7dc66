import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childOf, createMessage } from '../src/index.ts'
import { messages } from './arbitraries.ts'

describe('createMessage', () => {
  it('makes a fresh tracking id of 32 hex digits, and a message its own group', () => {
    const first = createMessage({ type: 'order', body: 'a' })
    const second = createMessage({ type: 'order', body: 'a' })
    expect(first.trackingId).toMatch(/^[0-9a-f]{32}$/)
    expect(first.trackingId).not.toBe(second.trackingId)
    expect(first).toMatchObject({ type: 'order', body: 'a', previousTrackingIds: [], groupId: first.trackingId })
  })
})

describe('childOf', () => {
  const target = 'https://sqs.eu-west-1.amazonaws.com/111111111111/invoices.fifo'
  const parent = createMessage({ type: 'order', body: 'a', groupId: 'g' })

  it('keeps body, type and group id, and puts the parent at the end of the chain, of which 64 are kept', () => {
    fc.assert(
      fc.property(messages, (parent) => {
        const child = childOf(parent, target)
        expect(child).toMatchObject({ body: parent.body, type: parent.type, groupId: parent.groupId })
        expect(child.previousTrackingIds).toEqual([...parent.previousTrackingIds, parent.trackingId].slice(-64))
      }),
    )
  })

  it('takes another body, type or group id', () => {
    const child = childOf(parent, target, { type: 'invoice', body: 'b', groupId: 'c' })
    expect(child).toMatchObject({ type: 'invoice', body: 'b', groupId: 'c' })
  })

  it('gives the same tracking id for the same parent, target and content, and another where one of them differs', () => {
    const ids = [
      childOf(parent, target),
      childOf({ ...parent, trackingId: '0'.repeat(32) }, target),
      childOf(parent, `${target}.fifo`),
      childOf(parent, target, { body: 'b' }),
      childOf(parent, target, { type: 'b' }),
      childOf(parent, target, { groupId: 'b' }),
      childOf(parent, target, {}, 1),
    ].map(({ trackingId }) => trackingId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toContain(childOf({ ...parent }, target, { body: 'a' }).trackingId)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })
})
