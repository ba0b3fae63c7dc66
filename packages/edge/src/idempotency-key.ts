import type { SQSRecord } from 'aws-lambda'

/**
 * Names a message in a node. The sender is part of it, so that nobody has a message of another taken for a repetition
 * by sending its tracking id before; of a role's session only the role, whose sessions change. So is the redrive that
 * brought it back from the dead letters.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html ("SenderId")
 */
export function keyOf(node: string, record: SQSRecord, trackingId: string): string {
  const edge = record.eventSourceARN.slice(record.eventSourceARN.lastIndexOf(':') + 1)
  const [sender] = record.attributes.SenderId.split(':')
  const redrive = record.messageAttributes.redrive?.stringValue
  return [node, edge, sender, trackingId, redrive].filter((part) => part !== undefined).join('#')
}
