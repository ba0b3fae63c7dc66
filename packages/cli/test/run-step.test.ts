import { expect, it } from 'vitest'
import { runStep } from '../src/demo/run-step.ts'

const named = (name: string) => Object.assign(new Error('no'), { name })

it('is as it should be when a step works', async () => {
  const result = await runStep('flow', { title: 'sends', run: async () => 'anything' })
  expect(result).toMatchObject({ flow: 'flow', title: 'sends', asItShouldBe: true, outcome: 'ok' })
})

it('is as it should be when a step is refused with the error that it names', async () => {
  const result = await runStep('flow', {
    title: 'x',
    refusal: 'AccessDenied',
    run: () => Promise.reject(named('AccessDenied')),
  })
  expect(result).toMatchObject({
    asItShouldBe: true,
    outcome: 'refused',
    error: { name: 'AccessDenied', message: 'no' },
  })
})

it('has failed when what must be refused works', async () => {
  const result = await runStep('flow', { title: 'x', refusal: 'AccessDenied', run: async () => 'in' })
  expect(result).toMatchObject({
    asItShouldBe: false,
    outcome: 'ok',
    expected: 'to be refused with AccessDenied',
  })
})

it('has failed when it is refused for another reason', async () => {
  const result = await runStep('flow', {
    title: 'x',
    refusal: 'AccessDenied',
    run: () => Promise.reject(named('ExpiredToken')),
  })
  expect(result).toMatchObject({
    asItShouldBe: false,
    outcome: 'failed',
    error: { name: 'ExpiredToken', message: 'no' },
  })
})

it('has failed when what must work throws, even something that is no error', async () => {
  const result = await runStep('flow', { title: 'x', run: () => Promise.reject('why') })
  expect(result).toMatchObject({
    asItShouldBe: false,
    outcome: 'failed',
    expected: 'that it works',
    error: { name: 'Error', message: 'why' },
  })
})
