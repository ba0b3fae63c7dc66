import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler'

/** What a client of Kinesis is made with; its requests go by HTTP/1.1. */
export type KinesisOptions = Omit<KinesisClientConfig, 'requestHandler'> & {
  readonly requestHandler?: NodeHttpHandlerOptions
}

/**
 * Makes a client of Kinesis that speaks HTTP/1.1, which every endpoint does: the SDK's own speaks HTTP/2, and an emulator's
 * without TLS does not.
 *
 * @example
 * ```ts
 * import { kinesisClient } from '@causeway-aws/readers'
 *
 * export const client = kinesisClient({ region: 'eu-west-1' })
 * ```
 */
export function kinesisClient({ requestHandler = {}, ...config }: KinesisOptions): KinesisClient {
  const client = new KinesisClient({ ...config, requestHandler: new NodeHttpHandler(requestHandler) })
  // It would copy every record for a log that nobody keeps.
  if (!config.logger) client.middlewareStack.remove('loggerMiddleware')
  return client
}
