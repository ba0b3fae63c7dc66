import type { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import type { Metrics } from '@aws-lambda-powertools/metrics'
import { parseOptions } from '@causeway-aws/auth'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import * as v from 'valibot'
import { type ClientFactories, lazyClients } from './clients.ts'
import { type Configuration, type ConfigurationEntries, readConfiguration } from './configuration.ts'
import { startDeadline } from './deadline.ts'
import { reportFailure } from './failure.ts'
import { createLogger } from './logger.ts'
import { createMetrics, publishMetrics } from './metrics.ts'

/** What a function is made of. */
export interface HandlerDefinition<Entries extends ConfigurationEntries, Clients extends object> {
  /** The function's name in logs and metrics, where `POWERTOOLS_SERVICE_NAME` does not give another. */
  readonly name: string
  /** Its variables, by camelCase name: `messageType: text()` reads `MESSAGE_TYPE`. */
  readonly configuration?: Entries
  /** Its AWS clients, by name. Each is made when it is first used, once for the life of the container. */
  readonly clients?: ClientFactories<Configuration<Entries>, Clients>
  /**
   * How long before the deadline `signal` fires, in milliseconds: longer than it takes to end what heeds the signal and
   * to answer. Default: 2,000, of which a function whose requests are cut by the signal needs a few.
   */
  readonly drainMargin?: number
  /** Where the variables are. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** What each invocation is given beside its event. */
export interface Invocation<Entries extends ConfigurationEntries, Clients extends object> {
  readonly config: Configuration<Entries>
  readonly clients: Readonly<Clients>
  /**
   * Fires `drainMargin` milliseconds before the deadline, with a `DeadlineError` as its reason: start nothing new, and
   * answer with what is done. Hand it to every request, which else may last longer than the function.
   */
  readonly signal: AbortSignal
  /** When Lambda ends the invocation, in milliseconds since 1970. */
  readonly deadline: number
  /** Powertools' logger. Keys appended to it last for the invocation; errors are redacted. */
  readonly logger: Logger
  /** Powertools' metrics, namespace Causeway. Published at the end of the invocation, also when it fails. */
  readonly metrics: Metrics
}

const definitionSchema = v.strictObject({
  name: v.pipe(v.string('must be a string'), v.nonEmpty('must not be empty')),
  configuration: v.optional(v.custom<ConfigurationEntries>(isObject, 'must be an object of entries')),
  clients: v.optional(v.custom<object>(isObject, 'must be an object of functions')),
  drainMargin: v.optional(
    v.pipe(v.number('must be a number'), v.finite('must be finite'), v.minValue(0, 'must not be negative')),
    2_000,
  ),
  environment: v.optional(
    v.custom<Readonly<Record<string, string | undefined>>>(isObject, 'must be an object of strings'),
  ),
})

/** A Lambda handler that takes further middlewares by `.use()`. */
export type LambdaHandler<Event, Result> = middy.MiddyfiedHandler<Event, Result, Error, Context>

/**
 * Makes a Lambda handler. The configuration is read once, when the function is loaded. What `handle` returns is the
 * answer; what it throws is logged once and handed to Lambda with nothing but its name, code, message and stack.
 *
 * @throws {ConfigurationError} when the environment does not hold what the configuration asks for.
 * @throws {InvalidOptions} naming the part of the definition that is missing, unknown or not of its form.
 *
 * @example
 * ```ts
 * import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
 * import { clientDefaults, createHandler, text } from '@causeway-aws/handler'
 *
 * export const handler = createHandler(
 *   { name: 'greeter', configuration: { target: text() }, clients: { sqs: () => new SQSClient(clientDefaults) } },
 *   async (event: { name: string }, { config, clients, signal, logger }) => {
 *     const command = new SendMessageCommand({ QueueUrl: config.target, MessageBody: `Hello ${event.name}` })
 *     await clients.sqs.send(command, { abortSignal: signal })
 *     logger.info('greeting sent')
 *   },
 * )
 * ```
 */
export function createHandler<
  Event,
  Result,
  const Entries extends ConfigurationEntries = Record<never, never>,
  Clients extends object = Record<never, never>,
>(
  definition: HandlerDefinition<Entries, Clients>,
  handle: (event: Event, invocation: Invocation<Entries, Clients>) => Promise<Result> | Result,
): LambdaHandler<Event, Result> {
  const { name, drainMargin, environment = process.env } = parseOptions('createHandler', definitionSchema, definition)
  // A bad configuration fails the load, not the first event: Lambda reports an init error by itself, in one line with
  // its type and message, and does not let a version with provisioned concurrency come into service. Its retry (the
  // init runs again with the next invocation) finds the configuration mended or says the same again.
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
  const config = readConfiguration(definition.configuration ?? ({} as Entries), environment)
  const clients = lazyClients(definition.clients ?? ({} as ClientFactories<typeof config, Clients>), config)
  const service = environment.POWERTOOLS_SERVICE_NAME || name
  const logger = createLogger(service)
  const metrics = createMetrics(service)

  const run = async (event: Event, context: Context): Promise<Result> => {
    using deadline = startDeadline(context, drainMargin)
    const { signal, at } = deadline
    return await handle(event, { config, clients, signal, deadline: at, logger, metrics })
  }

  // Not middy's early response: it would answer while `handle` still runs, and that would go on in the next invocation.
  return middy<Event, Result, Error, Context>(run, { timeoutEarlyInMillis: 0 })
    .use(publishMetrics(metrics))
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(reportFailure(logger))
}

function isObject(candidate: unknown): boolean {
  return typeof candidate === 'object' && candidate !== null
}
