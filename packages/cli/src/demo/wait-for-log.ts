import type { AccountName, Sandbox } from '@causeway-aws/sandbox'

interface Awaited {
  account: AccountName
  functionName: string
  /** When what is waited for can have been logged at the earliest. */
  since: Date
  /** All of them must be in the line. */
  contains: readonly string[]
  signal: AbortSignal
}

const patience = 20_000

/** Waits until a function has logged a line, for at most 20 seconds. */
export async function waitForLog(
  sandbox: Sandbox,
  { account, functionName, since, contains, signal }: Awaited,
): Promise<void> {
  const lines = sandbox.logs(functionName, {
    account,
    since,
    follow: true,
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  })
  for await (const { message } of lines) {
    if (contains.every((text) => message.includes(text))) return
  }
  signal.throwIfAborted()
  throw new Error(`${functionName} logged no line with ${contains.join(' and ')} in ${patience / 1000} s`)
}
