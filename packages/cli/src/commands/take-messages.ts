import { type Message as ReceivedMessage, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { LargeBodies } from '@causeway-aws/edge'
import { holdsDeadLetters } from '../dead-letter-queue.ts'
import type { Queue } from '../edge-queue.ts'
import type { Terminal } from '../terminal.ts'
import { holdMessages } from './held-messages.ts'
import { show } from './show-message.ts'

interface TakeOptions {
  most: number
  wait: number
  json: boolean | undefined
  save: string | undefined
  unreadable: boolean | undefined
  bodies: LargeBodies | undefined
  terminal: Terminal
  signal: AbortSignal
}

/** How far a command has come that takes messages off an edge. */
export interface Taken {
  received: number
  /** Printed, and off the edge. */
  off: number
  /** Of those that could not be shown. */
  staying: number
  /** Received, and on the edge again. */
  givenBack: number
  /** Whether what was printed was written, all of it. */
  isWritten: boolean
}

export const nothingTaken: Readonly<Taken> = { received: 0, off: 0, staying: 0, givenBack: 0, isWritten: true }

/**
 * Prints messages, and deletes each once its line was written: ten at a time, or one where another process reads the
 * lines, which may end at any of them. One that cannot be shown is named, and left on the edge. Keeps count in `taken`, so
 * that it holds when this throws, too.
 */
export async function takeMessages(queue: Queue, options: TakeOptions, taken: Taken): Promise<void> {
  const { most, wait, bodies, terminal, signal, ...showing } = options
  const { client, queueUrl } = queue
  const isDead = await holdsDeadLetters(queue)
  const held = holdMessages(queue)
  const soon = aSecondAfter(signal)
  // What comes with a body in S3 may take as long to read as SQS hides it.
  const batchSize = bodies ? 1 : 10

  async function take(messages: readonly ReceivedMessage[]): Promise<void> {
    const shown: ReceivedMessage[] = []
    const references = showing.json === true
    for (const message of messages) {
      if (signal.aborted || !taken.isWritten) break
      const isShown = await show(message, { ...showing, bodies, terminal, signal, references, isDead })
      taken.isWritten = await terminal.written()
      if (isShown && taken.isWritten) shown.push(message)
      else if (!isShown && !signal.aborted) taken.staying += 1
    }
    await held.delete(shown)
    taken.off += shown.length
  }

  try {
    while (taken.received < most && taken.isWritten && !signal.aborted) {
      const count = Math.min(most - taken.received, batchSize)
      const batch = await poll(client, { queueUrl, most: count, wait, signal: soon })
      if (batch.length === 0) break
      held.hold(batch)
      taken.received += batch.length
      for (const messages of terminal.isPiped ? batch.map((message) => [message]) : [batch]) {
        if (taken.isWritten && !signal.aborted) await take(messages)
      }
    }
  } finally {
    taken.givenBack = await held.giveBack()
  }
}

/** At most ten messages; none when none came in time or `signal` was aborted. */
export async function poll(
  client: SQSClient,
  { queueUrl, most, wait, signal }: { queueUrl: string; most: number; wait: number; signal?: AbortSignal },
): Promise<ReceivedMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(most, 10),
    WaitTimeSeconds: wait,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['MessageGroupId', 'DeadLetterQueueSourceArn'],
  })
  const { Messages = [] } = await client.send(command, signal && { abortSignal: signal }).catch((error: unknown) => {
    if (signal?.aborted) return { Messages: [] }
    throw error
  })
  return Messages
}

/** Messages that are already on their way when a person ends the command would stay hidden if nobody waited for them. */
function aSecondAfter(signal: AbortSignal): AbortSignal {
  const later = new AbortController()
  signal.addEventListener('abort', () => setTimeout(() => later.abort(), 1_000).unref(), { once: true })
  return later.signal
}
