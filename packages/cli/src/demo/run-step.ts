import type { Flow, Step, StepResult } from './flow.ts'

/** Runs the steps of a flow, and tells of each before and after. */
export async function* runSteps(
  { name, independent = false }: Flow,
  steps: readonly Step[],
  onBegin: (step: Step) => void,
): AsyncGenerator<[Step, StepResult]> {
  let failed = false
  for (const step of steps) {
    onBegin(step)
    const result: StepResult = failed ? notRun(name, step) : await runStep(name, step)
    failed ||= !independent && !result.asItShouldBe
    yield [step, result]
  }
}

const notRun = (flow: string, { title }: Step): StepResult => {
  return { flow, title, asItShouldBe: false, outcome: 'not run', milliseconds: 0 }
}

/** Runs a step and judges it: one that must be refused has failed when it works, or is refused for another reason. */
export async function runStep(flow: string, { title, refusal, run }: Step): Promise<StepResult> {
  const start = performance.now()
  const expected = refusal === undefined ? 'that it works' : `to be refused with ${refusal}`
  const shown: string[] = []
  const error = await run((line) => void shown.push(line)).then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
  )
  const asItShouldBe = error?.name === refusal
  return {
    flow,
    title,
    asItShouldBe,
    outcome: error === undefined ? 'ok' : asItShouldBe ? 'refused' : 'failed',
    milliseconds: Math.round(performance.now() - start),
    ...(shown.length > 0 && { shown }),
    ...(error && { error: { name: error.name, message: error.message } }),
    ...(!asItShouldBe && { expected }),
  }
}
