// Loaded when the first expression is evaluated. Nothing of ours that others import may be in here, or a bundle would
// hold it twice.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import pLimit from 'p-limit'
import { createEvaluate, type Evaluation, type Outcome, tookLonger } from './evaluate.ts'

// Expressions are the operator's, bodies a stranger's, and one body can keep a regular expression busy for years. Nothing
// in a thread ends that but the end of the thread. A worker thread would do for it, but not for memory: V8 does not keep
// to the limits of a worker when a single value is larger than what is left ($pad("a", 500000000)), and ends the whole
// process. So it is a process of its own. It starts in 50 ms with the first expression, and an answer takes 0.2 ms.
// https://nodejs.org/docs/latest-v24.x/api/worker_threads.html#new-workerfilename-options ("resourceLimits")
const heapMegabytes = 128
const flag = '--causeway-evaluator'
const startLimit = 10_000
/** How much longer than jsonata itself we wait: what it ends by itself costs no new process. */
const grace = 100

let running: Promise<ChildProcess> | undefined

// Expressions are kept from the credentials of whoever starts it, and from all else in its environment. That which says
// where Node's own libraries are is no secret, and Lambda sets it.
const { LD_LIBRARY_PATH } = process.env
const env = LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }

async function start(): Promise<ChildProcess> {
  const child = fork(import.meta.filename, [flag], {
    env,
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  child.on('error', () => {}) // whoever waits for it is told
  child.once('exit', () => {
    running = undefined
  })
  const ready = await answer(child, startLimit)
  if (ready === 'late' || ready === 'ended') throw new Error('The process that evaluates expressions did not start.')
  return child
}

/**
 * The next message of the process, or what became of it: it is ended when its time is up and when the signal fires. Only
 * while it is waited for does it keep this process from ending; its channel alone would not, being gone before its exit.
 */
async function answer(child: ChildProcess, limit: number, signal?: AbortSignal): Promise<Outcome | 'late' | 'ended'> {
  const settled = new AbortController()
  const options = { signal: settled.signal }
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limit)
  signal?.addEventListener('abort', () => child.kill('SIGKILL'), options)
  child.ref()
  child.channel?.ref()
  const exit = once(child, 'exit', options)
  try {
    return await Promise.race([
      once(child, 'message', options).then(([outcome]): Outcome => outcome),
      exit.then(() => (late ? 'late' : 'ended')),
    ])
  } finally {
    // Its answer may have come at the same moment; the next evaluation must find it gone.
    if (child.killed) await exit
    clearTimeout(timer)
    child.channel?.unref()
    child.unref()
    settled.abort()
  }
}

/** One at a time, so that what goes wrong is the fault of the one that is being evaluated. */
const oneAtATime = pLimit(1)

/**
 * Evaluates JSONata on a body, within bounds of time and memory.
 *
 * @throws the signal's reason once it is aborted.
 */
export function evaluateApart(evaluation: Evaluation, signal: AbortSignal): Promise<Outcome> {
  return oneAtATime(async () => {
    running ??= start().catch((error) => {
      running = undefined
      throw error
    })
    const child = await running
    signal.throwIfAborted()
    child.send(evaluation, () => {}) // one that has ended tells so by its exit
    const outcome = await answer(child, evaluation.timeout + grace, signal)
    signal.throwIfAborted()
    if (outcome === 'late') return { fault: tookLonger(evaluation.timeout) }
    if (outcome === 'ended')
      return { fault: `ended the process that it runs in; it may have needed more than ${heapMegabytes} MB of memory` }
    return outcome
  })
}

/** What the process does: it answers each evaluation with its outcome, until whoever started it is gone. */
async function serve(): Promise<void> {
  // Ctrl-C is for the one who started it, who may have messages to finish.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  const evaluate = await createEvaluate()
  process.on('message', async (evaluation: Evaluation) => process.send?.(await evaluate(evaluation)))
  process.send?.({ json: undefined })
  endWithParent()
}

/** Who is busy with a regular expression does not hear that the one who started it is gone, and would be busy for years. */
function endWithParent(): void {
  const watch = `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, 'SIGKILL'), 1_000)`
  new Worker(watch, { eval: true }).unref()
}

if (process.argv[2] === flag) void serve()
