/** How each client is made, by name. The configuration is given, because a client may need an assumed role from it. */
export type ClientFactories<Config, Clients> = { readonly [Name in keyof Clients]: (config: Config) => Clients[Name] }

/**
 * Makes each client when it is first used, once for the life of the container: what an invocation does not need costs
 * its cold start nothing, and connections are kept alive from one invocation to the next.
 */
export function lazyClients<Config, Clients extends object>(
  factories: ClientFactories<Config, Clients>,
  config: Config,
): Readonly<Clients> {
  const clients = {} as Clients
  for (const name of Object.keys(factories) as (keyof Clients)[]) {
    Object.defineProperty(clients, name, {
      enumerable: true,
      configurable: true,
      get() {
        const value = factories[name](config)
        Object.defineProperty(clients, name, { enumerable: true, value })
        return value
      },
    })
  }
  return clients
}

/**
 * What every AWS client of a function should be made with. The SDK keeps connections alive (at most 50 to one host:
 * raise `requestHandler.maxSockets` with a higher concurrency) but by itself waits for ever for a connection or an
 * answer, and a function that waits for ever is billed until it times out. All in milliseconds.
 *
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-maxsockets.html
 *
 * @example
 * ```ts
 * import { SQSClient } from '@aws-sdk/client-sqs'
 * import { clientDefaults } from '@causeway-aws/handler'
 *
 * export const sqs = new SQSClient(clientDefaults)
 * ```
 */
export const clientDefaults: {
  readonly requestHandler: {
    readonly connectionTimeout: number
    readonly requestTimeout: number
    readonly throwOnRequestTimeout: boolean
  }
} = {
  // Without throwOnRequestTimeout the SDK's handler only warns of a request that takes too long.
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
}
