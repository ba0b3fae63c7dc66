import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** Makes a table as the ones that messages and checkpoints are remembered in. */
export async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  )
}

/** Has a client never get the first answer to what it asks, so that it asks again. What it returns says to what it was. */
export function losingAnswers(client: DynamoDBClient): ReadonlySet<unknown> {
  const lost = new Set<unknown>()
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args)
      if (lost.has(args.input)) return answer
      lost.add(args.input)
      throw Object.assign(new Error('The connection broke.'), { name: 'TimeoutError' })
    },
    { step: 'deserialize', priority: 'low' },
  )
  return lost
}
