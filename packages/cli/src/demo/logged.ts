import type { AccountName, Sandbox } from '@causeway-aws/sandbox'

/** A line of a function's log: what Powertools' logger writes. */
export type LogEntry = Record<string, unknown>

/** Which lines of which log. */
interface Wanted {
  account: AccountName
  functionName: string
  /** When they can have been logged at the earliest. */
  since: Date
  /** What a line must say. */
  entry: LogEntry
}

/** Longer than Kafka keeps from others what a member had that was ended while it joined: 30 seconds. */
const patience = 45_000

/** Waits until a function has logged a line that says this much, for at most 45 seconds, and answers the whole line. */
export async function waitForLog(
  sandbox: Sandbox,
  { account, functionName, since, entry, signal }: Wanted & { signal: AbortSignal },
): Promise<LogEntry> {
  const lines = sandbox.logs(functionName, {
    account,
    since,
    follow: true,
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  })
  for await (const { message } of lines) {
    const logged = parse(message)
    if (says(logged, entry)) return logged
  }
  signal.throwIfAborted()
  throw new Error(`${functionName} logged no line with ${JSON.stringify(entry)} in ${patience / 1000} s`)
}

/** The lines that a function has logged by now and that say this much. */
export async function loggedSoFar(
  sandbox: Sandbox,
  { account, functionName, since, entry }: Wanted,
): Promise<LogEntry[]> {
  const found: LogEntry[] = []
  for await (const { message } of sandbox.logs(functionName, { account, since })) {
    const logged = parse(message)
    if (says(logged, entry)) found.push(logged)
  }
  return found
}

const says = (logged: LogEntry | undefined, entry: LogEntry): logged is LogEntry =>
  logged !== undefined && Object.entries(entry).every(([key, value]) => logged[key] === value)

/** The service's own lines (START, END, REPORT) are no JSON. */
function parse(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
