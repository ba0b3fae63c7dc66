import { type AccountName, clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import { Finding } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { rotateInSandbox, type SandboxRotation, type StepOutcome } from './sandbox-rotate.ts'

interface PrintedRotation {
  readonly secret: string
  readonly account: AccountName
  readonly anew: boolean
  readonly json: boolean
  readonly sandbox: Sandbox
  readonly terminal: Terminal
}

/** Rotates a secret of the sandbox, and prints a line for each step; or all of it as JSON. */
export async function printRotation(options: PrintedRotation): Promise<void> {
  const { secret, account, anew, json, sandbox, terminal } = options
  const client = clientOptions(await sandbox.credentials(account))
  const onStep = (step: StepOutcome) => terminal.print(lineOf(step, terminal))
  const rotation = await rotateInSandbox({ secret, client, anew, ...(!json && { onStep }) })
  if (json) terminal.printJson(rotation)
  else for (const line of endOf(rotation, options)) terminal.print(line)
  if (!rotation.rotated) throw new Finding()
}

function lineOf({ step, outcome, milliseconds, reason }: StepOutcome, { paint }: Terminal): string {
  const time = `${milliseconds} ms`.padStart(9)
  return outcome === 'ok'
    ? `  ${step.padEnd(14)} ${paint('green', 'ok')}     ${time}`
    : `  ${step.padEnd(14)} ${paint('red', 'failed')} ${time}  ${reason}`
}

function* endOf(rotation: SandboxRotation, { secret, account }: PrintedRotation): Generator<string> {
  const { version, functionName, rotated, goneOnWith } = rotation
  if (rotated) {
    yield `${secret} is rotated: AWSCURRENT is version ${version}${goneOnWith ? ', which an earlier rotation had begun' : ''}.`
    yield "What it was before goes on working for the function's grace, and is then retired on its schedule."
  } else {
    yield `${secret} is not rotated: AWSCURRENT is as it was. Version ${version} is still AWSPENDING.`
    yield 'Mend what the step says and run the same command again; with --anew it begins another version.'
    yield `Its log: npx causeway sandbox logs ${functionName} --account ${account}`
  }
}
