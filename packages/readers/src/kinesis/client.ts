import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis'
import { NodeHttp2Handler, NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler'
import { KinesisProtocol } from './protocol.ts'

/** What a client of Kinesis is made with; its requests go by HTTP/1.1, but for those that Kinesis pushes records to. */
export type KinesisOptions = Omit<KinesisClientConfig, 'requestHandler'> & {
  readonly requestHandler?: NodeHttpHandlerOptions
}

/**
 * Makes a client of Kinesis that speaks HTTP/1.1, which every endpoint does: the SDK's own speaks HTTP/2, and an emulator's
 * without TLS does not. To have records pushed takes HTTP/2, and it is spoken for that where there is TLS.
 *
 * @example
 * ```ts
 * import { kinesisClient } from '@causeway-aws/readers'
 *
 * export const client = kinesisClient({ region: 'eu-west-1' })
 * ```
 */
export function kinesisClient({ requestHandler = {}, ...config }: KinesisOptions): KinesisClient {
  const client = new KinesisClient({
    protocol: KinesisProtocol,
    ...config,
    requestHandler: new PushingHandler(requestHandler),
  })
  // It would copy every record for a log that nobody keeps.
  if (!config.logger) client.middlewareStack.remove('loggerMiddleware')
  return client
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html */
class PushingHandler extends NodeHttpHandler {
  readonly #pushing = new NodeHttp2Handler({ disableConcurrentStreams: true })

  override handle(...[request, options]: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const isPush = request.headers['x-amz-target']?.endsWith('.SubscribeToShard') && request.protocol === 'https:'
    return isPush ? this.#pushing.handle(request, options) : super.handle(request, options)
  }

  override destroy(): void {
    this.#pushing.destroy()
    super.destroy()
  }
}
