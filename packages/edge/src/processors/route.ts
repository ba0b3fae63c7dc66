import { CausewayError, InvalidOptions, parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { queueUrlSchema } from '../queue.ts'
import type { Processor } from '../receiving/processor.ts'
import type { ProcessorClients, ProcessorFactory } from './factory.ts'

/** What a node does with the messages of one type. */
export interface Route {
  /** The name of the processor. */
  readonly processor: string
  /** The queue URLs that the processor is made for. */
  readonly targets: readonly string[]
  /** The processor's own options. */
  readonly [option: string]: unknown
}

/** Message type -> route. `*` is for every type that has no route of its own. */
export type Routes = Readonly<Record<string, Route>>

/** A route names a processor that does not exist, or gives it targets or options that it cannot work with. */
export class RouteError extends CausewayError {
  constructor(sentence: string) {
    super(sentence, { code: 'RouteError' })
  }
}

/** No route is for the type of a message. */
export class NoRouteError extends CausewayError {
  constructor(type: string, known: readonly string[]) {
    const routes = known.map((name) => `"${name}"`).join(', ')
    super(`No route is for messages of type "${type}": there are routes for ${routes}; add one, or "*" for the rest.`, {
      code: 'NoRouteError',
    })
  }
}

/**
 * A valibot schema of a table of routes, for one that comes from outside: from an environment variable, say.
 *
 * @example
 * ```ts
 * import { type Routes, routesSchema } from '@causeway-aws/edge'
 * import * as v from 'valibot'
 *
 * export const routes: Routes = v.parse(routesSchema, { '*': { processor: 'process' } })
 * ```
 */
export const routesSchema: v.GenericSchema<unknown, Routes> = v.pipe(
  v.record(
    v.pipe(v.string(), v.nonEmpty('must be a message type or "*"')),
    // What else a route holds is for its processor to check.
    v.looseObject({
      processor: v.pipe(v.string('must be the name of a processor'), v.nonEmpty('must be the name of a processor')),
      targets: v.optional(v.array(queueUrlSchema, 'must be a list of queue URLs'), []),
    }),
  ),
  v.minEntries(1, 'must be a table of at least one route'),
)

const any = '*'

/**
 * Makes the processor that gives each message to the processor of its type.
 *
 * @throws {RouteError} when a route names a processor that is not among them, or does not suit its processor. The
 * processor that it makes throws {@link NoRouteError} for a message without a route.
 * @throws {InvalidOptions} when the table is malformed.
 *
 * @example
 * ```ts
 * import { forward, type Processor, type ProcessorFactory, route } from '@causeway-aws/edge'
 *
 * const print: ProcessorFactory = () => async (message, { logger }) => {
 *   logger.info('message received', { type: message.type })
 * }
 *
 * export const processor: Processor = route(
 *   {
 *     order: { processor: 'forward', targets: ['https://sqs.eu-west-1.amazonaws.com/222222222222/orders.fifo'] },
 *     '*': { processor: 'print', targets: [] },
 *   },
 *   { forward, print },
 * )
 * ```
 */
export function route(
  routes: Routes,
  processors: Readonly<Record<string, ProcessorFactory<never>>>,
  clients: ProcessorClients = {},
): Processor {
  const byType = new Map<string, Processor>()
  for (const [type, { processor, targets, ...options }] of Object.entries(
    parseOptions('route', routesSchema, routes),
  )) {
    const factory = Object.hasOwn(processors, processor) ? processors[processor] : undefined
    if (!factory) {
      const known = Object.keys(processors).join(', ')
      throw new RouteError(`The route for "${type}" names the processor "${processor}", but there are only: ${known}.`)
    }
    byType.set(
      type,
      suited(type, () => factory(targets, options as never, clients)),
    )
  }
  return async (message, context) => {
    const processor = byType.get(message.type) ?? byType.get(any)
    if (!processor) throw new NoRouteError(message.type, [...byType.keys()])
    await processor(message, context)
  }
}

/** What a route makes, or why not. */
function suited(type: string, make: () => Processor): Processor {
  try {
    return make()
  } catch (error) {
    if (error instanceof InvalidOptions) {
      throw new RouteError(`The route for "${type}" does not suit its processor: ${error.message}`)
    }
    throw error
  }
}
