import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'

// The least that forwards messages: no configuration, no log, no partial failures. Its client is made at the first
// event, as edge-trigger's is.
let sqs: SQSClient | undefined

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  sqs ??= new SQSClient({})
  const Entries = event.Records.map(({ body, attributes }, position) => ({
    Id: String(position),
    MessageBody: body,
    MessageGroupId: attributes.MessageGroupId,
    MessageDeduplicationId: attributes.MessageDeduplicationId,
  }))
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: process.env.TARGET, Entries }))
  return { batchItemFailures: [] }
}
