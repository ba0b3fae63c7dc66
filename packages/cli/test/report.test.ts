import { expect, it } from 'vitest'
import type { Step, StepResult } from '../src/demo/flow.ts'
import { lineReporter } from '../src/demo/report.ts'
import type { Terminal } from '../src/terminal.ts'

/** A terminal that keeps what it is told, without colour. */
function paper(): Terminal & { text: () => string } {
  let written = ''
  return {
    print: (line = '') => {
      written += `${line}\n`
    },
    printJson: () => {},
    write: (text) => {
      written += text
    },
    written: () => Promise.resolve(true),
    isPiped: false,
    note: () => {},
    paint: (_, text) => text,
    text: () => written,
  }
}

const run = () => Promise.resolve()
const result = (rest: Partial<StepResult>): StepResult => ({
  flow: 'f',
  title: 't',
  asItShouldBe: true,
  outcome: 'ok',
  milliseconds: 12,
  ...rest,
})

function lineOf(step: Step, ended: StepResult): string {
  const terminal = paper()
  const reporter = lineReporter(terminal)
  reporter.begin(step)
  reporter.end(step, ended)
  return terminal.text()
}

it('aligns what worked and what was refused in one column', () => {
  const worked = lineOf({ title: 'partner sends', run }, result({}))
  const refused = lineOf(
    { title: 'no ExternalId', refusal: 'AccessDenied', run },
    result({
      outcome: 'refused',
      error: {
        name: 'AccessDenied',
        message: 'User: arn:aws:iam::2:user/u is not authorized to perform: sts:AssumeRole on resource: r',
      },
    }),
  )
  expect(worked).toMatch(/^ {3}partner sends +ok +12 ms\n$/)
  expect(refused).toMatch(/^ {3}no ExternalId +AccessDenied +not authorized to perform sts:AssumeRole +refused\n$/)
  expect(refused.indexOf('refused')).toBe(worked.indexOf('ok'))
})

it('has the lines that a step showed below its own', () => {
  const text = lineOf({ title: 'edge peek', run }, result({ shown: ['3a31  order', '    given up'] }))
  expect(text).toMatch(/^ {3}edge peek +ok +12 ms\n {5}3a31 {2}order\n {9}given up\n$/)
})

it('says of a failed step what was expected, what came and where the log is', () => {
  const step: Step = { title: 'it runs', run, log: { account: 'home', functionName: 'causeway-orders-trigger' } }
  const text = lineOf(
    step,
    result({
      asItShouldBe: false,
      outcome: 'failed',
      expected: 'that it works',
      error: { name: 'Error', message: 'late' },
    }),
  )
  expect(text).toMatch(
    /FAILED\n {5}expected {2}that it works\n {5}came {6}Error: late\n {5}its log .* causeway-orders-trigger --account home\n$/,
  )
})
