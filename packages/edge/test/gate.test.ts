import { describe, expect, it } from 'vitest'
import { createGate } from '../src/receiving/gate.ts'

const never = new AbortController().signal
const soon = () => new Promise(setImmediate)

/** Whether a promise has resolved by now. */
async function isThere(promise: Promise<unknown>): Promise<boolean> {
  let there = false
  promise.then(
    () => {
      there = true
    },
    () => {},
  )
  await soon()
  return there
}

describe('A gate', () => {
  it('lets any number in', async () => {
    const gate = createGate()
    expect(await isThere(Promise.all([gate.enter(never), gate.enter(never)]))).toBe(true)
  })

  it('that is reserved keeps all others out, and says when those that were in have left', async () => {
    const gate = createGate()
    const [first, second] = [await gate.enter(never), await gate.enter(never)]
    const reservation = await gate.reserve(never)
    const alone = reservation.alone()
    const late = gate.enter(never)
    first[Symbol.dispose]()
    expect([await isThere(alone), await isThere(late)]).toEqual([false, false])
    second[Symbol.dispose]()
    expect([await isThere(alone), await isThere(late)]).toEqual([true, false])
    reservation[Symbol.dispose]()
    expect(await isThere(late)).toBe(true)
  })

  it('is reserved by one at a time, who gives up only a reservation of its own', async () => {
    const gate = createGate()
    const first = await gate.reserve(never)
    const [second, third] = [gate.reserve(never), gate.reserve(never)]
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    expect([await isThere(second), await isThere(third)]).toEqual([true, false])
    first[Symbol.dispose]()
    expect(await isThere(third)).toBe(false)
  })

  it('is waited for no longer than a signal says', async () => {
    const gate = createGate()
    await gate.enter(never)
    const reservation = await gate.reserve(AbortSignal.abort(new Error('no more time')))
    await expect(reservation.alone()).rejects.toThrow('no more time')
    await expect(gate.enter(AbortSignal.abort(new Error('no more time')))).rejects.toThrow('no more time')
    await expect(gate.reserve(AbortSignal.abort(new Error('no more time')))).rejects.toThrow('no more time')
  })
})
