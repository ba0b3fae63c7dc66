import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { clientDefaults } from '@causeway-aws/handler'

let client: DynamoDBClient | undefined

/** The function's DynamoDB client, made when it is first needed. Routes are made before the handler's clients are. */
export function dynamodb(): DynamoDBClient {
  client ??= new DynamoDBClient(clientDefaults)
  return client
}
