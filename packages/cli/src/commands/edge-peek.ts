import type { LargeBodies } from '@causeway-aws/edge'
import { holdsDeadLetters } from '../dead-letter-queue.ts'
import { bodiesOf } from '../edge-bodies.ts'
import { type Counts, countMessages, type EdgeCounts } from '../edge-counts.ts'
import { edgeOfGrant } from '../edge-of-grant.ts'
import { openEdge, type Queue } from '../edge-queue.ts'
import type { Terminal } from '../terminal.ts'
import type { ReceiveOptions } from './edge-receive.ts'
import { holdMessages } from './held-messages.ts'
import { show } from './show-message.ts'
import { poll } from './take-messages.ts'

interface PeekOptions extends Pick<ReceiveOptions, 'most' | 'terminal' | 'signal'> {
  json: boolean | undefined
  bodies?: LargeBodies | undefined
}

/** Prints messages of the edge that a person named, and leaves them there. */
export async function peekMessages({
  most,
  json,
  terminal,
  signal,
  ...given
}: Omit<ReceiveOptions, 'wait' | 'save'>): Promise<void> {
  const flags = await edgeOfGrant('edge peek', 'receive', given)
  const queue = await openEdge(flags)
  await peek(queue, { most, json, terminal, signal, bodies: bodiesOf(queue.queueUrl, flags) })
}

/**
 * Prints messages and makes them visible again; all at the end, or the same ones would come again at once. Then it says
 * how many there were before, seen or not.
 */
export async function peek(queue: Queue, { most, json, terminal, signal, bodies }: PeekOptions): Promise<void> {
  const { client, queueUrl } = queue
  const counts = await countMessages(queue)
  const isDead = await holdsDeadLetters(queue)
  const held = holdMessages(queue)
  let seen = 0
  try {
    while (seen < most && !signal.aborted) {
      // Without the signal: messages that are already on their way would stay hidden.
      const batch = await poll(client, { queueUrl, most: most - seen, wait: 1 })
      if (batch.length === 0) break
      held.hold(batch)
      seen += batch.length
      for (const message of batch) {
        if (!signal.aborted) await show(message, { json, terminal, bodies, signal, references: true, isDead })
      }
    }
  } finally {
    await held.giveBack()
  }
  if (signal.aborted) return
  if (json) return terminal.print(JSON.stringify(counts))
  if (seen === 0) terminal.note(noneSeen(counts))
  sayCounts(queueUrl, counts, terminal)
}

function noneSeen({ counts }: EdgeCounts): string {
  if (typeof counts === 'string') return 'No message is to be seen.'
  if (counts.waiting + counts.inHand + counts.delayed === 0) return 'The edge is empty.'
  return 'No message is to be seen now. Those in hand are being worked on, or wait after a failure; what is behind them in their group waits for them.'
}

function sayCounts(queueUrl: string, { counts, deadLetters }: EdgeCounts, { note }: Terminal): void {
  note(`${nameOf(queueUrl)}: ${inWords(counts)}`)
  if (deadLetters) note(`dead letters, ${nameOf(deadLetters.queueUrl)}: ${inWords(deadLetters.counts)}`)
}

const nameOf = (queueUrl: string) => queueUrl.slice(queueUrl.lastIndexOf('/') + 1)

function inWords(counts: Counts | string): string {
  if (typeof counts === 'string') return `how many messages there are is not known (${counts})`
  const { waiting, inHand, delayed } = counts
  return `${waiting} waiting, ${inHand} in hand, ${delayed} delayed`
}
