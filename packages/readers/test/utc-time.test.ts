import { expect, it } from 'vitest'
import { utcTime } from '../src/utc-time.ts'

it.each([
  ['2026-11-22', '2026-11-22T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2026-11-22T09:30Z', '2026-11-22T09:30:00.000Z'],
  ['2026-11-22T09:30:15Z', '2026-11-22T09:30:15.000Z'],
  ['2026-11-22T09:30:15.5Z', '2026-11-22T09:30:15.500Z'],
])('takes %s for %s', (text, time) => {
  expect(utcTime(text)?.toISOString()).toBe(time)
})

it.each([
  '2026-02-30T15:00Z',
  '2026-02-29',
  '2026-04-31',
  '2026-13-01',
  '2026-00-10',
  '2026-11-22T24:00Z',
  '2026-11-22T12:60Z',
  '2026-11-22T09:30',
  '2026-11-22T09:30+01:00',
  'today',
])('takes %s for no time', (text) => {
  expect(utcTime(text)).toBeUndefined()
})
