import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'

// The least that forwards messages and notes which: no configuration, no log, no partial failures. Its clients are made
// at the first event, as edge-trigger's are.
let clients: { readonly sqs: SQSClient; readonly dynamodb: DynamoDBClient } | undefined

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  clients ??= { sqs: new SQSClient(), dynamodb: new DynamoDBClient() }
  const { sqs, dynamodb } = clients
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
