import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Message } from '@causeway-aws/edge'

/**
 * What one writes without an edge: batches of ten as they come, so many requests at a time, and an error when SQS did
 * not accept everything. It counts no bytes, tries nothing again and, on a FIFO queue, keeps the order of a group only
 * with one request at a time and as long as no batch is accepted in part.
 */
export async function sendLoop(
  client: SQSClient,
  queueUrl: string,
  messages: readonly Message[],
  concurrency: number,
): Promise<void> {
  const fifo = queueUrl.endsWith('.fifo')
  let next = 0
  const worker = async () => {
    while (next < messages.length) {
      const batch = messages.slice(next, next + 10)
      next += 10
      const Entries = batch.map(({ body, type, trackingId, groupId }, position) => ({
        Id: String(position),
        MessageBody: body,
        MessageGroupId: groupId,
        ...(fifo && { MessageDeduplicationId: trackingId }),
        MessageAttributes: {
          trackingId: { DataType: 'String', StringValue: trackingId },
          messageType: { DataType: 'String', StringValue: type },
        },
      }))
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
      if (Failed.length > 0) throw new Error(`${Failed.length} messages were not accepted.`)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}
