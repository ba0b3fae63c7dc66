import { expect, it } from 'vitest'
import type { Flow, Step } from '../src/demo/flow.ts'
import { runStep, runSteps } from '../src/demo/run-step.ts'

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

it('keeps what the step showed, also when it failed then', async () => {
  const step = { title: 'x', run: async (show: (line: string) => void) => show('a line of a log') }
  expect(await runStep('flow', step)).toMatchObject({ outcome: 'ok', shown: ['a line of a log'] })
  const failing = {
    title: 'x',
    run: (show: (line: string) => void) => step.run(show).then(() => Promise.reject('why')),
  }
  expect(await runStep('flow', failing)).toMatchObject({ outcome: 'failed', shown: ['a line of a log'] })
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

const outcomesOf = async (flow: Partial<Flow>) => {
  const steps: Step[] = [
    { title: 'one', run: async () => 'done' },
    { title: 'two', run: () => Promise.reject('why') },
    { title: 'three', run: async () => 'done' },
  ]
  const outcomes: string[] = []
  for await (const [, { outcome }] of runSteps(
    { name: 'f', title: 'F', steps: () => steps, ...flow },
    steps,
    () => {},
  )) {
    outcomes.push(outcome)
  }
  return outcomes
}

it('does not run what comes after a step that failed, unless each is on its own', async () => {
  expect(await outcomesOf({})).toEqual(['ok', 'failed', 'not run'])
  expect(await outcomesOf({ independent: true })).toEqual(['ok', 'failed', 'ok'])
})
