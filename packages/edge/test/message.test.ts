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
  it('keeps body, type and group id, and puts the parent at the end of the chain, of which 64 are kept', () => {
    fc.assert(
      fc.property(messages, (parent) => {
        const child = childOf(parent)
        expect(child).toMatchObject({ body: parent.body, type: parent.type, groupId: parent.groupId })
        expect(child.trackingId).not.toBe(parent.trackingId)
        expect(child.previousTrackingIds).toEqual([...parent.previousTrackingIds, parent.trackingId].slice(-64))
      }),
    )
  })

  it('takes another body, type or group id', () => {
    const child = childOf(createMessage({ type: 'order', body: 'a' }), { type: 'invoice', body: 'b', groupId: 'c' })
    expect(child).toMatchObject({ type: 'invoice', body: 'b', groupId: 'c' })
  })
})
