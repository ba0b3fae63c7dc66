import { type Message as ReceivedMessage, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { BodyFlags } from '../body-options.ts'
import { bodiesOf } from '../edge-bodies.ts'
import { type EdgeFlags, openEdge } from '../edge-queue.ts'
import { Finding } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { holdMessages } from './held-messages.ts'
import { makeFolder } from './save-body.ts'
import { show } from './show-message.ts'

export interface ReceiveOptions extends EdgeFlags, BodyFlags {
  most: number
  /** Seconds to wait for a message before the end. */
  wait: number
  json?: boolean
  /** A folder to save the bodies in. */
  save?: string
  terminal: Terminal
  signal: AbortSignal
}

/**
 * Prints messages, and deletes each once its line was written: ten at a time, or one where another process reads the
 * lines, which may end at any of them. One that cannot be read is named, and left on the edge.
 */
export async function receiveMessages(options: ReceiveOptions): Promise<void> {
  const { most, wait, json, save, terminal, signal, ...flags } = options
  const { client, queueUrl } = await openEdge(flags)
  const bodies = bodiesOf(queueUrl, flags)
  if (save !== undefined) await makeFolder(save)
  const held = holdMessages({ client, queueUrl })
  const soon = aSecondAfter(signal)
  // What comes with a body in S3 may take as long to read as SQS hides it.
  const batchSize = bodies ? 1 : 10
  let received = 0
  let taken = 0
  let staying = 0
  let isWritten = true
  let givenBack = 0

  async function take(messages: readonly ReceivedMessage[]): Promise<void> {
    const shown: ReceivedMessage[] = []
    for (const message of messages) {
      if (signal.aborted) break
      if (await show(message, { json, terminal, bodies, save, signal, references: json === true })) shown.push(message)
      else if (!signal.aborted) staying += 1
    }
    isWritten = await terminal.written()
    if (!isWritten) return
    await held.delete(shown)
    taken += shown.length
  }

  try {
    while (received < most && isWritten && !signal.aborted) {
      const batch = await poll(client, { queueUrl, most: Math.min(most - received, batchSize), wait, signal: soon })
      if (batch.length === 0) break
      held.hold(batch)
      received += batch.length
      for (const messages of terminal.isPiped ? batch.map((message) => [message]) : [batch]) {
        if (isWritten && !signal.aborted) await take(messages)
      }
    }
  } finally {
    givenBack = held.count
    await held.giveBack()
  }
  const off = `${taken} ${taken === 1 ? 'message was' : 'messages were'} taken off the edge`
  if (!isWritten || signal.aborted) {
    const why = isWritten ? 'Stopped' : 'Standard output is closed or full'
    const back =
      givenBack === 0
        ? ''
        : `; ${givenBack} that ${givenBack === 1 ? 'was' : 'were'} received with them ${givenBack === 1 ? 'is' : 'are'} on it again`
    terminal.note(`${why}: ${off}${back}.`)
    if (most === Number.POSITIVE_INFINITY) signal.throwIfAborted() // there may be more
    return
  }
  if (received === 0) terminal.note(`No message within ${wait} s.`)
  else if (most === Number.POSITIVE_INFINITY) terminal.note(`${off}; then none came within ${wait} s.`)
  if (staying === 0) return
  terminal.note(
    `${staying} could not be shown, and ${staying === 1 ? 'stays' : 'stay'}; what is behind in the same group may stay, too.`,
  )
  throw new Finding()
}

/** At most ten messages; none when none came in time or `signal` was aborted. */
export async function poll(
  client: SQSClient,
  { queueUrl, most, wait, signal }: Pick<ReceiveOptions, 'most' | 'wait'> & { queueUrl: string; signal?: AbortSignal },
): Promise<ReceivedMessage[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(most, 10),
    WaitTimeSeconds: wait,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['MessageGroupId'],
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
