import type { AccountName, Sandbox } from '@causeway-aws/sandbox'

/** A line of a function's log: what Powertools' logger writes. */
export type LogEntry = Record<string, unknown>

interface Awaited {
  account: AccountName
  functionName: string
  /** When what is waited for can have been logged at the earliest. */
  since: Date
  /** What the line must say. */
  entry: LogEntry
  signal: AbortSignal
}

const patience = 20_000

/** Waits until a function has logged a line that says this much, for at most 20 seconds, and answers the whole line. */
export async function waitForLog(
  sandbox: Sandbox,
  { account, functionName, since, entry, signal }: Awaited,
): Promise<LogEntry> {
  const lines = sandbox.logs(functionName, {
    account,
    since,
    follow: true,
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  })
  for await (const { message } of lines) {
    const logged = parse(message)
    if (logged && Object.entries(entry).every(([key, value]) => logged[key] === value)) return logged
  }
  signal.throwIfAborted()
  throw new Error(`${functionName} logged no line with ${JSON.stringify(entry)} in ${patience / 1000} s`)
}

/** The service's own lines (START, END, REPORT) are no JSON. */
function parse(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
