import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  type ConfigurationEntry,
  duration,
  integer,
  json,
  list,
  type NumberOptions,
  type TextOptions,
  text,
} from '../src/index.ts'

const read = <Value>(entry: ConfigurationEntry<Value>, value?: string): Value => v.parse(entry, value)

describe('integer()', () => {
  it('reads every safe whole number', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(read(integer(), String(value))).toBe(value)
      }),
    )
  })

  it.each(['1.5', '1e3', '0x10', ' 1', '', 'ten', '9007199254740993'])('refuses %j', (value) => {
    expect(() => read(integer(), value)).toThrow()
  })

  it('keeps to its limits', () => {
    const entry = integer({ min: 1, max: 100 })
    expect([read(entry, '1'), read(entry, '100')]).toEqual([1, 100])
    expect(() => read(entry, '0')).toThrow()
    expect(() => read(entry, '101')).toThrow()
  })

  it('has its default when it is not set', () => {
    expect(read(integer({ default: 10 }))).toBe(10)
    expect(() => read(integer())).toThrow()
  })
})

describe('duration()', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
  ])('reads %s as %d milliseconds', (written, milliseconds) => {
    expect(read(duration(), written)).toBe(milliseconds)
  })

  it.each(['90', '1.5s', '5 m', '-1s', '1y', 's'])('refuses %j', (value) => {
    expect(() => read(duration(), value)).toThrow()
  })

  it('keeps to its limits, in any unit', () => {
    const entry = duration({ min: 1_000, max: 60_000, default: 5_000 })
    expect([read(entry), read(entry, '1000ms'), read(entry, '1m')]).toEqual([5_000, 1_000, 60_000])
    expect(() => read(entry, '999ms')).toThrow()
    expect(() => read(entry, '61s')).toThrow()
  })
})

describe('json() and list()', () => {
  it('read what was written', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        expect(read(json(v.array(v.number())), JSON.stringify(numbers))).toEqual(numbers)
        expect(read(list(integer()), JSON.stringify(numbers.map(String)))).toEqual(numbers)
      }),
    )
  })

  it.each(['', 'x', '{"a":1}', '"1"', '[1]', '["x"]'])('refuse %j for a list of whole numbers', (value) => {
    expect(() => read(list(integer()), value)).toThrow()
  })
})

describe('An entry', () => {
  it('is not made with options that are wrong or unknown', () => {
    expect(() => integer({ mn: 1 } as NumberOptions)).toThrow('integer: mn is not an option.')
    expect(() => integer({ min: 0.5 })).toThrow('integer: min must be a whole number.')
    expect(() => duration({ default: '30s' } as unknown as NumberOptions)).toThrow(
      'duration: default must be a number.',
    )
    expect(() => text({ examples: [] } as TextOptions)).toThrow('text: examples is not an option.')
  })
})

describe('text()', () => {
  it('reads what is there, or its default', () => {
    expect([read(text(), 'order'), read(text({ default: 'message' }))]).toEqual(['order', 'message'])
  })
})
