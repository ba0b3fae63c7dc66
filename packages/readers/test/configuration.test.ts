import { readConfiguration } from '@causeway-aws/handler'
import { describe, expect, it } from 'vitest'
import { readerConfiguration } from '../src/function/configuration.ts'

const startOf = (START: string) => readConfiguration({ start: readerConfiguration.start }, { START }).start

describe('Where a reader is told to start', () => {
  it.each([
    ['earliest', 'earliest'],
    ['latest', 'latest'],
    ['2026-11-22T12:00:00Z', new Date('2026-11-22T12:00:00Z')],
  ])('may be %s', (text, start) => {
    expect(startOf(text)).toEqual(start)
  })

  it.each(['2026-02-30T00:00:00Z', '2026-11-22T24:00:00Z', '2026-11-22T12:00:00', 'yesterday'])('is not %s', (text) => {
    expect(() => startOf(text)).toThrow(
      /START: expected earliest, latest or a time in UTC as 2026-11-22T12:00:00Z, got /,
    )
  })
})
