import { describe, expect, it } from 'vitest'
import { type GrantAction, GrantRefused, type GrantState, grantStates, nextState } from '../../src/index.ts'

describe('what may be done to a grant', () => {
  it.each<[GrantAction, Partial<Record<GrantState, GrantState>>]>([
    ['export', { created: 'created', accepting: 'accepting', active: 'active' }],
    ['accept', { created: 'accepting', accepting: 'accepting' }],
    ['accepted', { accepting: 'active', active: 'active' }],
    ['rotate', { active: 'active' }],
    ['narrow', { active: 'active' }],
    [
      'revoke',
      { created: 'revoking', accepting: 'revoking', active: 'revoking', expired: 'revoking', revoking: 'revoking' },
    ],
    ['revoked', { revoking: 'revoked', revoked: 'revoked' }],
  ])('%s: from some states to one each, from all others refused in one sentence or two', (action, expected) => {
    for (const state of grantStates) {
      const to = expected[state]
      if (to !== undefined) expect(nextState('4f1c', action, state)).toBe(to)
      else {
        expect(() => nextState('4f1c', action, state)).toThrow(GrantRefused)
        expect(() => nextState('4f1c', action, state)).toThrow(/^The grant 4f1c (?:is|was|has) [^.]+\. [A-Z][^.]+\.$/)
      }
    }
  })
})
