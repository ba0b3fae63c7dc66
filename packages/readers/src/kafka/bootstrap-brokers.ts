import type { KafkaClientConfig } from '@aws-sdk/client-kafka'
import { requestFailure } from '@causeway-aws/edge'
import { SourceError } from '../source-error.ts'

/** By which way the brokers are reached: from the cluster's own network, from anywhere, or by PrivateLink. */
export type BrokerEndpoints = 'private' | 'public' | 'multi-vpc'

/** Which cluster is asked for. */
export interface BootstrapBrokersOptions {
  readonly clusterArn: string
  /** Default: `private`. */
  readonly endpoints?: BrokerEndpoints
  /** What the request is made with: `credentials` of the role where the owner gave one. */
  readonly client?: KafkaClientConfig
}

const fieldOf = {
  private: 'BootstrapBrokerStringSaslIam',
  public: 'BootstrapBrokerStringPublicSaslIam',
  'multi-vpc': 'BootstrapBrokerStringVpcConnectivitySaslIam',
} as const

/**
 * Asks MSK for the brokers of a cluster that speak with IAM access control.
 *
 * @returns What `kafkaClient` takes as its `brokers`.
 * @throws {SourceError} when MSK refuses, or the cluster has none of that kind.
 * @see https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-bootstrap-brokers.html
 *
 * @example
 * ```ts
 * import { bootstrapBrokers, kafkaClient } from '@causeway-aws/readers'
 *
 * const clusterArn = 'arn:aws:kafka:eu-west-1:222222222222:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-2'
 * export const client = kafkaClient({ brokers: await bootstrapBrokers({ clusterArn }), region: 'eu-west-1' })
 * ```
 */
export async function bootstrapBrokers({
  clusterArn,
  endpoints = 'private',
  client = {},
}: BootstrapBrokersOptions): Promise<string[]> {
  const { GetBootstrapBrokersCommand, KafkaClient } = await import('./msk.ts')
  let brokers: string | undefined
  try {
    const answer = await new KafkaClient(client).send(new GetBootstrapBrokersCommand({ ClusterArn: clusterArn }))
    brokers = answer[fieldOf[endpoints]]
  } catch (error) {
    const { reason, retryable } = requestFailure(error)
    throw new SourceError(`The brokers of the cluster ${clusterArn} cannot be found: ${reason}.`, {
      retryable,
      cause: error,
    })
  }
  if (!brokers) {
    throw new SourceError(
      `The cluster ${clusterArn} has no ${endpoints} brokers with IAM access control; its owner switches them on, or names other endpoints: ${Object.keys(fieldOf).join(', ')}.`,
    )
  }
  return brokers.split(',')
}
