import { describe, expect, it } from 'vitest'
import { type FullJitterOptions, fullJitter } from '../src/index.ts'

describe('fullJitter', () => {
  it('doubles the longest wait with each attempt, up to the longest there is', () => {
    const longest = fullJitter({ baseDelay: 100, maxDelay: 500, random: () => 1 })
    expect([1, 2, 3, 4, 50].map(longest)).toEqual([100, 200, 400, 500, 500])
  })

  it('waits any part of that', () => {
    expect(fullJitter({ baseDelay: 100, random: () => 0 })(3)).toBe(0)
    expect(fullJitter({ baseDelay: 100, random: () => 0.5 })(3)).toBe(200)
  })

  it('refuses options that are wrong or unknown, by name', () => {
    const make = (options: unknown) => () => fullJitter(options as FullJitterOptions)
    expect(make({ baseDelay: -1 })).toThrow('fullJitter: baseDelay must not be negative.')
    expect(make({ maxDelay: Number.POSITIVE_INFINITY })).toThrow('fullJitter: maxDelay must be finite.')
    expect(make({ random: 0.5 })).toThrow('fullJitter: random must be a function.')
    expect(make({ maxdelay: 5 })).toThrow('fullJitter: maxdelay is not an option.')
  })
})
