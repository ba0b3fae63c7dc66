import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { redrive } from '@causeway-aws/edge'
import { type EdgeFlags, openEdge } from '../edge-queue.ts'
import { visible } from '../print-message.ts'
import type { Terminal } from '../terminal.ts'

export interface EdgeRedriveOptions extends EdgeFlags {
  /** The dead letter queue; by default the one that the edge names. */
  from?: string
  most?: number
  json?: boolean
  terminal: Terminal
  signal: AbortSignal
}

/** Sends dead letters to their edge again, and prints each that the edge has accepted. */
export async function redriveMessages({
  from,
  most,
  json,
  terminal,
  signal,
  ...flags
}: EdgeRedriveOptions): Promise<void> {
  const { client, queueUrl: to } = await openEdge(flags)
  const letters = from === undefined ? await deadLettersOf(client, to) : from
  const { queueUrl } = await openEdge({ ...flags, edge: letters })
  let count = 0
  for await (const letter of redrive({ from: queueUrl, to, client, signal, ...(most !== undefined && { most }) })) {
    count += 1
    const { trackingId = '-', reason = 'no node said why' } = letter
    terminal.print(json ? JSON.stringify(letter) : `${terminal.paint('dim', trackingId)}  ${visible(reason)}`)
  }
  terminal.note(count === 0 ? 'There is no dead letter.' : `${count} of the dead letters are on the edge again.`)
  signal.throwIfAborted() // there may be more
}

/** The ARN of the queue that an edge's redrive policy names. */
async function deadLettersOf(client: SQSClient, QueueUrl: string): Promise<string> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
  )
  const arn: unknown = JSON.parse(Attributes?.RedrivePolicy ?? '{}').deadLetterTargetArn
  if (typeof arn === 'string') return arn
  throw new Error(`${QueueUrl} names no dead letter queue. Give the queue that its node puts them in: --from QUEUE`)
}
