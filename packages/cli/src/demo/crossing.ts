import type { Message } from '@causeway-aws/edge'
import type { AccountName } from '@causeway-aws/sandbox'
import type { DemoContext, Step } from './flow.ts'
import { type LogEntry, loggedSoFar, waitForLog } from './logged.ts'

/** The way of one message: from the partner to home's edge, and from there to the partner's own. */
export interface Crossing {
  /** To be said before the message is sent: what the nodes have logged until then is not about it. */
  begin(message: Message): void
  /** home's node has sent it on. */
  forwarded(title?: string): Step
  /** The partner's node has printed what came of it. */
  printed(body: string): Step
  /** Waits until an account's node has logged a line that says this much about the message that it received. */
  logged(account: AccountName, entry: LogEntry): Promise<LogEntry>
  /** How many such lines there are by now. */
  timesLogged(account: AccountName, entry: LogEntry): Promise<number>
}

/** Follows a message by what the two nodes log. */
export function crossing({ sandbox, stacks, signal }: DemoContext): Crossing {
  const nodes = {
    home: { account: 'home', functionName: stacks.orders.functionName },
    partner: { account: 'partner', functionName: stacks.answers.functionName },
  } as const
  const trackingIds: Partial<Record<AccountName, unknown>> = {}
  let since: Date

  const wanted = (account: AccountName, entry: LogEntry) => {
    return { ...nodes[account], since, entry: { ...entry, trackingId: trackingIds[account] } }
  }
  const logged = (account: AccountName, entry: LogEntry) => waitForLog(sandbox, { ...wanted(account, entry), signal })

  return {
    begin({ trackingId }) {
      trackingIds.home = trackingId
      since = new Date()
    },
    forwarded: (title = "home's edge-trigger runs, forwards to answers.fifo in partner") => ({
      title,
      log: nodes.home,
      async run() {
        trackingIds.partner = (await logged('home', { message: 'message forwarded' })).as
      },
    }),
    printed: (body) => ({
      title: `partner's edge-trigger runs and prints ${body.startsWith('{') ? body : `"${body}"`}`,
      log: nodes.partner,
      run: () => logged('partner', { message: 'message received', body }),
    }),
    logged,
    timesLogged: async (account, entry) => (await loggedSoFar(sandbox, wanted(account, entry))).length,
  }
}
