import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { fanOut, filter, forward, type Processor, project, route, routesSchema, table } from '@causeway-aws/edge'
import { type ConfigurationEntry, clientDefaults, json } from '@causeway-aws/handler'
import * as v from 'valibot'
import { process } from './process.ts'

/** What `ROUTES` says: the processor that gives each message to that of its type, and where they all may send to. */
export interface Routing {
  readonly processor: Processor
  readonly targets: readonly string[]
}

let client: DynamoDBClient | undefined

/** Routes are made before the clients of the handler are, so they have one of their own. */
function dynamodb(): DynamoDBClient {
  client ??= new DynamoDBClient(clientDefaults)
  return client
}

/** `ROUTES`: message type, or `*` for the rest, -> processor and targets. */
export const routing: ConfigurationEntry<Routing> = json(
  v.pipe(
    routesSchema,
    v.description('a table of routes as JSON'),
    v.examples([
      { order: { processor: 'forward', targets: ['https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo'] } },
    ]),
    v.transform((routes) => ({
      processor: route(routes, { forward, fanOut, filter, project, table, process }, { dynamodb }),
      targets: Object.values(routes).flatMap(({ targets }) => targets),
    })),
  ),
)
