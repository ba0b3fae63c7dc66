import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Processor } from '../receiving/processor.ts'

/** The clients that processors may need, each made when it is first asked for. */
export interface ProcessorClients {
  readonly dynamodb?: (() => DynamoDBClient) | undefined
}

/**
 * Makes the processor of a route from what the route says beside the processor's name: its targets and whatever else it
 * holds, as it stands there. A factory checks its options, as each of ours does, so that a faulty route fails at once and
 * not with its first message.
 *
 * @example
 * ```ts
 * import { parseOptions } from '@causeway-aws/auth'
 * import type { ProcessorFactory } from '@causeway-aws/edge'
 * import * as v from 'valibot'
 *
 * const optionsSchema = v.strictObject({ greeting: v.optional(v.string('must be text'), 'hello') })
 *
 * // { "*": { "processor": "greet", "targets": [], "greeting": "good morning" } }
 * export const greet: ProcessorFactory = (_targets, options) => {
 *   const { greeting } = parseOptions('greet', optionsSchema, options)
 *   return async (message, { logger }) => logger.info(greeting, { type: message.type })
 * }
 * ```
 */
export type ProcessorFactory<Options = Readonly<Record<string, unknown>>> = (
  targets: readonly string[],
  options: Options,
  clients: ProcessorClients,
) => Processor
