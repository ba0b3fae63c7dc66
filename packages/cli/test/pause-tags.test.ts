import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pauseTags, readPause } from '../src/commands/pause-tags.ts'

const idsOf = (count: number) => Array.from({ length: count }, () => randomUUID())

describe('The tags of a paused edge', () => {
  it.each([1, 6, 7, 12, 200])('hold which %i triggers it had, in values that AWS takes', (count) => {
    const triggers = idsOf(count)
    const tags = pauseTags(triggers)
    for (const text of Object.values(tags)) expect(text.length).toBeLessThanOrEqual(256)
    const inAnyOrder = Object.fromEntries(Object.entries(tags).reverse())
    expect(readPause(inAnyOrder)).toEqual({
      names: Object.keys(tags),
      text: triggers.join(' '),
      triggers,
      isWritten: true,
    })
  })

  it('say that it had none', () => {
    expect(readPause({ 'causeway:paused': 'no trigger' })).toMatchObject({ isWritten: true })
    expect(pauseTags([])).toEqual({ 'causeway:paused': 'no trigger' })
  })

  it('are not those of others', () => {
    expect(readPause({ team: 'orders' })).toMatchObject({ names: [], text: undefined })
  })

  it('are not known when somebody has overwritten one', () => {
    const tags = { ...pauseTags(idsOf(12)), 'causeway:paused:2': 'yes' }
    expect(readPause(tags)).toMatchObject({ isWritten: false })
  })
})
