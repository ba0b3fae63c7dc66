import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'

// The same as the one in bare-lazy, but its client is made when the function is loaded, as most functions do.
const sqs = new SQSClient({})

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const Entries = event.Records.map(({ body, attributes }, position) => ({
    Id: String(position),
    MessageBody: body,
    MessageGroupId: attributes.MessageGroupId,
    MessageDeduplicationId: attributes.MessageDeduplicationId,
  }))
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: process.env.TARGET, Entries }))
  return { batchItemFailures: [] }
}
