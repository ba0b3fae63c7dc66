import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'

// The same as the one in bare-lazy, but its clients are made when the function is loaded, as most functions do.
const sqs = new SQSClient()
const dynamodb = new DynamoDBClient()

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  await Promise.all(event.Records.map(({ messageId }) => dynamodb.send(mark(messageId, 'INPROGRESS'))))
  const Entries = event.Records.map(({ body, attributes }, position) => ({
    Id: String(position),
    MessageBody: body,
    MessageGroupId: attributes.MessageGroupId,
    MessageDeduplicationId: attributes.MessageDeduplicationId,
  }))
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: process.env.TARGET, Entries }))
  await Promise.all(event.Records.map(({ messageId }) => dynamodb.send(mark(messageId, 'COMPLETED'))))
  return { batchItemFailures: [] }
}

function mark(id: string, status: string): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName: process.env.TABLE,
    Key: { id: { S: id } },
    UpdateExpression: 'SET #status = :status',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':status': { S: status } },
  })
}
