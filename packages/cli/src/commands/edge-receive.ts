import {
  DeleteMessageBatchCommand,
  type Message as ReceivedMessage,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { decodeReceivedMessage, MessageError } from '@causeway-aws/edge'
import { type EdgeFlags, openEdge } from '../edge-queue.ts'
import { type Death, printMessage } from '../print-message.ts'
import type { Terminal } from '../terminal.ts'

export interface ReceiveOptions extends EdgeFlags {
  most: number
  /** Seconds to wait for a message before the end. */
  wait: number
  json?: boolean
  terminal: Terminal
  signal: AbortSignal
}

/** Prints messages and deletes them, a batch at a time. One that cannot be read is named and left on the edge. */
export async function receiveMessages({ most, wait, json, terminal, signal, ...flags }: ReceiveOptions): Promise<void> {
  const { client, queueUrl } = await openEdge(flags)
  let received = 0
  while (received < most && !signal.aborted) {
    const batch = await poll(client, { queueUrl, most: most - received, wait, signal })
    if (batch.length === 0) break
    received += batch.length
    const readable = batch.filter((message) => show(message, json, terminal))
    if (readable.length > 0) await deleteAll(client, queueUrl, readable)
  }
  if (most === Number.POSITIVE_INFINITY) signal.throwIfAborted() // there may be more
  if (signal.aborted) return
  if (received === 0) terminal.note(`No message within ${wait} s.`)
  else if (most === Number.POSITIVE_INFINITY) terminal.note(`${received} messages; then none within ${wait} s.`)
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

/** Prints a message; false when it cannot be read. */
export function show(received: ReceivedMessage, json: boolean | undefined, terminal: Terminal): boolean {
  try {
    printMessage(decodeReceivedMessage(received, { messageType: '-' }), json, terminal, deathOf(received))
    return true
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    terminal.note(`${received.MessageId}: ${error.message} It stays on the edge.`)
    return false
  }
}

/** Why a dead letter was given up, as its node has said. */
function deathOf({ MessageAttributes: { reason, attempts, failedAt } = {} }: ReceivedMessage): Death | undefined {
  if (reason?.StringValue === undefined) return undefined
  return { reason: reason.StringValue, attempts: Number(attempts?.StringValue), failedAt: failedAt?.StringValue }
}

async function deleteAll(client: SQSClient, queueUrl: string, messages: ReceivedMessage[]): Promise<void> {
  const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
  const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
  const [first] = Failed
  if (first) {
    throw new Error(
      `${Failed.length} of the messages printed last could not be deleted (${first.Code}); they will be received again.`,
    )
  }
}
