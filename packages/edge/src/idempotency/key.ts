import { hash } from 'node:crypto'
import type { SQSRecord } from 'aws-lambda'

/**
 * Names a message in a node. The sender is part of it, so that nobody has a message of another taken for a repetition
 * by sending its tracking id before; of a role's session only the role, whose sessions change. So is the redrive that
 * brought it back from the dead letters. Both as a hash: an attribute of a stranger has any length, a key of DynamoDB has
 * not.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html ("SenderId")
 */
export function keyOf(node: string, record: SQSRecord, trackingId: string): string {
  const { eventSourceARN, attributes, messageAttributes } = record
  const edge = eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1)
  const { sender } = senderOf(attributes)
  const origin = hash('sha256', `${sender}\n${messageAttributes.redrive?.stringValue ?? ''}`, 'hex')
  return [node, edge, trackingId, origin.slice(0, 32)].join('#')
}

/** Who sent a message. */
interface Sender {
  /** As SQS says; an event that was made by hand may not. */
  readonly sender: string
  /** How a role's session calls itself, which is for whoever assumes the role to choose. */
  readonly session: string | undefined
}

export function senderOf({ SenderId }: Partial<SQSRecord['attributes']>): Sender {
  const [sender, ...session] = (SenderId ?? '').split(':')
  return { sender: sender || 'unknown', session: session.join(':') || undefined }
}
