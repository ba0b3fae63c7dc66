import { fanOut, filter, forward, type Processor, project, route, routesSchema, table } from '@causeway-aws/edge'
import { type ConfigurationEntry, json } from '@causeway-aws/handler'
import * as v from 'valibot'
import { dynamodb } from './dynamodb.ts'
import { process } from './process.ts'

/** What `ROUTES` says: the processor that gives each message to that of its type, and where they all may send to. */
export interface Routing {
  readonly processor: Processor
  readonly targets: readonly string[]
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
