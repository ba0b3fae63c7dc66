import type { EdgeSendError } from '@causeway-aws/edge'
import type { Terminal } from '../terminal.ts'

/** A line of a file, and the tracking id of its message. */
export interface SentLine {
  line: number
  trackingId: string
}

/** Names the lines that were not accepted: neighbours with one reason together, or, for a machine, each by itself. */
export function printNotAccepted(
  lines: readonly SentLine[],
  { notAccepted }: EdgeSendError,
  json: boolean | undefined,
  terminal: Terminal,
): void {
  const failures = new Map(notAccepted.map((failure) => [failure.trackingId, failure]))
  let run: { from: SentLine; to: SentLine; reason: string } | undefined
  const end = () => {
    if (run) terminal.note(`${numbers(run.from, run.to)}  ${run.reason}`)
    run = undefined
  }
  for (const sent of lines) {
    const failure = failures.get(sent.trackingId)
    if (!failure) end()
    else if (json) {
      const { trackingId, reason, retryable } = failure
      terminal.print(JSON.stringify({ line: sent.line, trackingId, reason, retryable }))
    } else if (run?.reason === failure.reason) run.to = sent
    else {
      end()
      run = { from: sent, to: sent, reason: failure.reason }
    }
  }
  end()
}

const numbers = (from: SentLine, to: SentLine) =>
  from === to ? `line ${from.line}  ${from.trackingId}` : `lines ${from.line} to ${to.line}`
