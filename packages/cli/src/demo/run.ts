import { type AccountName, clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import { buildFunctions } from '../build-functions.ts'
import { checkoutSandbox } from '../checkout.ts'
import type { Terminal } from '../terminal.ts'
import type { StepResult } from './flow.ts'
import { flows } from './flows.ts'
import { lineReporter, type Reporter, silentReporter } from './report.ts'
import { runSteps } from './run-step.ts'
import { deployStacks } from './stacks.ts'
import { startSandbox } from './start-sandbox.ts'

export interface DemoOptions {
  terminal: Terminal
  signal: AbortSignal
  /** Names of the flows to run, in their order. Default: all. */
  only?: readonly string[] | undefined
  port?: number | 'free'
  json?: boolean
}

/** Runs the demo and answers whether everything was as it should be. */
export async function runDemo({ terminal, signal, only, port, json = false }: DemoOptions): Promise<boolean> {
  const reporter: Reporter = json ? silentReporter : lineReporter(terminal)
  const start = performance.now()
  const sandbox = checkoutSandbox()
  await buildFunctions(signal)
  const status = await startSandbox(sandbox, port, terminal)
  reporter.title(status.version)
  const stacks = await deployStacks(sandbox, { signal, onDeployed: reporter.deployed })
  const accounts = { home: await administrator(sandbox, 'home'), partner: await administrator(sandbox, 'partner') }
  const results: StepResult[] = []
  await using undo = new AsyncDisposableStack()
  const chosen = flows.filter(({ name }) => only === undefined || only.includes(name))
  for (const [index, flow] of chosen.entries()) {
    reporter.flow(index + 1, flow)
    const steps = flow.steps({ sandbox, stacks, accounts, signal, undo })
    for await (const [step, result] of runSteps(flow, steps, reporter.begin)) {
      signal.throwIfAborted() // what Ctrl-C ended has not failed
      reporter.end(step, result)
      results.push(result)
    }
  }
  const seconds = (performance.now() - start) / 1000
  const good = results.filter(({ asItShouldBe }) => asItShouldBe).length
  if (json) terminal.printJson({ endpoint: status.endpoint, seconds, good, of: results.length, steps: results })
  reporter.summary({ good, of: results.length, seconds })
  return good === results.length
}

/** One attempt: a refusal is an answer here. */
const administrator = async (sandbox: Sandbox, account: AccountName) => ({
  ...clientOptions(await sandbox.credentials(account)),
  maxAttempts: 1,
})
