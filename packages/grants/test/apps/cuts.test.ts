import { describe, expect, it } from 'vitest'
import { type AppCuts, cutPolicy, withCut } from '../../src/apps/cuts.ts'

const hour = 3_600_000
const start = Date.parse('2026-11-23T00:00:00.250Z')
const none: AppCuts = { app: 'orders', version: 1, sessions: [] }
const at = (hours: number) => new Date(start + hours * hour)
const cut = (cuts: AppCuts, hours: number, session?: string) =>
  withCut(cuts, { session, before: at(hours) }, start + hours * hour)
const names = ({ sessions }: AppCuts) => sessions.map(({ session }) => session)

describe('what is denied to the sessions of an app', () => {
  it('is one session by its name, and another beside it', () => {
    const cuts = cut(cut(none, 0, 'orders-1'), 1, 'orders-2')
    expect(cutPolicy(cuts)).toEqual({
      Version: '2012-10-17',
      Statement: [
        { StringEquals: { 'aws:SourceIdentity': ['orders-1', 'orders-2'] } },
        { StringLike: { 'aws:userid': ['*:orders-1', '*:orders-2'] } },
      ].map((Condition) => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition })),
    })
  })

  it('is all that was issued until now, and a second more: clocks differ, and sessions are known to the second', () => {
    const cuts = cut(cut(none, 0, 'orders-1'), 1)
    expect(cuts).toMatchObject({ before: '2026-11-23T01:00:02.000Z', sessions: [] })
    expect(cutPolicy(cuts)).toMatchObject({
      Statement: [{ Condition: { DateLessThan: { 'aws:TokenIssueTime': '2026-11-23T01:00:02.000Z' } } }],
    })
  })

  it('is not less than before, whatever comes late', () => {
    const all = cut(none, 2)
    expect(withCut(all, { before: at(1) }, at(2).getTime()).before).toBe(all.before)
    const late = cut(cut(none, 2, 'orders-2'), 1)
    expect(late).toMatchObject({ before: '2026-11-23T01:00:02.000Z' })
    expect(names(late)).toEqual(['orders-2'])
  })

  it('is dropped with the next when the last session of it has expired, and not before', () => {
    const first = cut(cut(none, 0), 1, 'orders-1')
    expect(cut(first, 11, 'orders-2')).toMatchObject({ before: expect.any(String) })
    const later = cut(first, 12.5, 'orders-2')
    expect([later.before, names(later)]).toEqual([undefined, ['orders-1', 'orders-2']])
    expect(names(cut(first, 14, 'orders-2'))).toEqual(['orders-2'])
  })

  it('fits into a role however many are cut: too many become all that were issued until now', () => {
    const longest = (index: number) => `${index}`.padStart(64, 'x')
    let cuts = cut(none, 0)
    let largest = 0
    const times = Array.from({ length: 100 }, (_, index) => index)
    for (const index of times) {
      cuts = cut(cuts, index / 1_000, longest(index))
      largest = Math.max(largest, JSON.stringify(cutPolicy(cuts)).length)
      const [earliest] = cuts.sessions
      const isDenied = names(cuts).includes(longest(index)) || (cuts.before ?? '') >= at(index / 1_000).toISOString()
      expect(isDenied, `session ${index} of ${earliest?.session}`).toBe(true)
    }
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
    expect(largest + 2_048).toBeLessThan(10_240)
    expect(largest).toBeGreaterThan(5_000)
  })
})
