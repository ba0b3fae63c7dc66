import { ChangeMessageVisibilityBatchCommand, type Message as ReceivedMessage } from '@aws-sdk/client-sqs'
import { openEdge, type Queue } from '../edge-queue.ts'
import { poll, type ReceiveOptions, show } from './edge-receive.ts'

interface PeekOptions extends Pick<ReceiveOptions, 'most' | 'terminal' | 'signal'> {
  json: boolean | undefined
}

/** Prints messages of the edge that a person named, and leaves them there. */
export async function peekMessages({
  most,
  json,
  terminal,
  signal,
  ...flags
}: Omit<ReceiveOptions, 'wait'>): Promise<void> {
  await peek(await openEdge(flags), { most, json, terminal, signal })
}

/** Prints messages and makes them visible again; all at the end, or the same ones would come again at once. */
export async function peek({ client, queueUrl }: Queue, { most, json, terminal, signal }: PeekOptions): Promise<void> {
  const seen: ReceivedMessage[] = []
  try {
    while (seen.length < most && !signal.aborted) {
      // Without the signal: messages that are already on their way would stay hidden.
      const batch = await poll(client, { queueUrl, most: most - seen.length, wait: 1 })
      if (batch.length === 0) break
      seen.push(...batch)
      for (const message of batch) show(message, json, terminal)
    }
  } finally {
    for (let start = 0; start < seen.length; start += 10) {
      const Entries = seen.slice(start, start + 10).map(({ ReceiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle,
        VisibilityTimeout: 0,
      }))
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }))
    }
  }
  if (seen.length === 0 && !signal.aborted) terminal.note('The edge is empty, or its messages are being worked on.')
}
