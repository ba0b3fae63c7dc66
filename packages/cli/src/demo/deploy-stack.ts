import { join } from 'node:path'
import { type AccountName, accountIds, type Sandbox } from '@causeway-aws/sandbox'
import { checkout } from '../checkout.ts'

/** Told once per stack, when it is there. */
export type OnDeployed = (stack: {
  account: AccountName
  accountId: string
  stack: string
  holds: string
  changed: boolean
  milliseconds: number
}) => void

/** A stack of the demo. */
export interface DemoStack {
  account: AccountName
  stack: string
  /** Name of the template, in `infra`. */
  template: string
  /** What a person is told of it. */
  holds: string
  parameters: Record<string, string>
  /** Where the template is. Default: the checkout's folder `infra`. */
  infra?: string
}

/** Gives an output of a stack. */
export type Output = (name: string) => string

/** Makes what deploys a stack of the demo, unless the demo has ended by then, and gives its outputs. */
export function stackDeployer(
  sandbox: Sandbox,
  { signal, onDeployed }: { signal: AbortSignal; onDeployed: OnDeployed },
): (stack: DemoStack) => Promise<Output> {
  return async ({ account, stack, template, holds, parameters, infra = join(checkout, 'infra') }) => {
    signal.throwIfAborted()
    const start = performance.now()
    const { outputs, changed } = await sandbox.deploy({ template: join(infra, template), account, stack, parameters })
    const milliseconds = performance.now() - start
    onDeployed({ account, accountId: accountIds[account], stack, holds, changed, milliseconds })
    return (name) => {
      const value = outputs[name]
      if (value === undefined)
        throw new Error(`Stack ${stack} of ${account} has no output ${name}; infra/${template} should give it one.`)
      return value
    }
  }
}
