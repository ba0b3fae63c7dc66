import type { AccountName, ClientOptions, Sandbox } from '@causeway-aws/sandbox'
import type { DemoStacks } from './stacks.ts'

/** What a flow may use. */
export interface DemoContext {
  sandbox: Sandbox
  stacks: DemoStacks
  /** What an SDK client is made with to act as each account's administrator. */
  accounts: Record<AccountName, ClientOptions>
  signal: AbortSignal
  /** What a flow has put out of order, and puts right again when the demo ends, also where that is early. */
  undo: AsyncDisposableStack
}

/** Takes a line that a person should see under the step: a log's, a command's. */
type Show = (line: string) => void

/** One line of the demo: something that should work, or that should be refused. */
export interface Step {
  title: string
  /** Does it; throws when it could not be done, was refused, or did not come to what it should. */
  run(show: Show): Promise<unknown>
  /** The name of the error that AWS (or Causeway) must answer; absent when the step must succeed. */
  refusal?: string
  /** The function whose log tells more when the step fails. */
  log?: { functionName: string; account: AccountName }
}

/** A numbered part of the demo. */
export interface Flow {
  /** What `--only` takes. */
  name: string
  title: string
  /** Whether each step is on its own. Without it those after one that failed are not run: they would wait for what never comes. */
  independent?: boolean
  steps(context: DemoContext): Step[]
}

/** What became of a step. */
export interface StepResult {
  flow: string
  title: string
  asItShouldBe: boolean
  outcome: 'ok' | 'refused' | 'failed' | 'not run'
  milliseconds: number
  /** The lines that it showed, if any. */
  shown?: readonly string[]
  /** What it was refused with, or failed with. */
  error?: { name: string; message: string }
  /** For a step that went otherwise: what should have happened. */
  expected?: string
}
