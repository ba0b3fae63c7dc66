import { describe, expect, it } from 'vitest'
import { stateAt } from '../../src/index.ts'

const until = '2026-12-31T00:00:00Z'
const end = Date.parse(until)

describe('the state of a grant', () => {
  it('is what is stored until its end, and expired from that moment on', () => {
    for (const state of ['created', 'accepting', 'active'] as const) {
      expect(stateAt({ state, until }, end - 1)).toBe(state)
      expect(stateAt({ state, until }, end)).toBe('expired')
    }
  })

  it('stays revoked after its end', () => {
    expect(stateAt({ state: 'revoking', until }, end)).toBe('revoking')
    expect(stateAt({ state: 'revoked', until }, end)).toBe('revoked')
  })

  it('does not expire without an end', () => {
    expect(stateAt({ state: 'active' }, Number.MAX_SAFE_INTEGER)).toBe('active')
  })
})
