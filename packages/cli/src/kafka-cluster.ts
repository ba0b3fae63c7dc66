import { readFile } from 'node:fs/promises'
import { type BrokerEndpoints, bootstrapBrokers, kafkaClient } from '@causeway-aws/readers/kafka'
import type { ClusterFlags } from './cluster-options.ts'
import { UsageError } from './exit.ts'
import { expectReachable } from './reachable-brokers.ts'
import { clientOptionsOf, type Reader, readerOf } from './reader-identity.ts'
import { clientLimits } from './request-limits.ts'

/** A cluster, and who reads from it. */
export interface Cluster {
  readonly client: ReturnType<typeof kafkaClient>
  readonly reader: Reader
}

/** Makes a client of the cluster that the flags, or the grant, name. */
export async function openCluster(flags: ClusterFlags): Promise<Cluster> {
  const reader = await readerOf(flags, ({ cluster, brokers }) =>
    regionOf(flags.cluster ?? cluster, flags.brokers ?? brokers),
  )
  const { credentials, region, grant } = reader
  // What is wrong with them is said before anything is begun.
  await credentials?.()
  const given = flags.brokers ?? (flags.cluster === undefined ? grant.brokers : undefined)
  const brokers = given ?? (await brokersOf(flags.cluster ?? grant.cluster, flags.endpoints, reader))
  if (region === undefined) throw new Error('Region is missing')
  const client = kafkaClient({
    brokers,
    region,
    ...(credentials && { credentials }),
    ...(flags.ca !== undefined && { certificateAuthority: flags.ca }),
  })
  await expectReachable(brokers, flags.ca === undefined ? undefined : await readFile(flags.ca, 'utf8'))
  return { client, reader }
}

/** Names of MSK's brokers hold their region, too. */
function regionOf(cluster = '', [broker = '']: readonly string[] = []): string | undefined {
  return (
    /^arn:aws[\w-]*:kafka:([\w-]+):/.exec(cluster)?.[1] ??
    /\.kafka(?:-serverless)?\.([\w-]+)\.amazonaws\.com/.exec(broker)?.[1]
  )
}

async function brokersOf(
  clusterArn: string | undefined,
  endpoints: BrokerEndpoints,
  reader: Reader,
): Promise<readonly string[]> {
  if (clusterArn !== undefined) {
    return bootstrapBrokers({ clusterArn, endpoints, client: { ...clientOptionsOf(reader), ...clientLimits } })
  }
  throw new UsageError(
    'Say which cluster, by --brokers NAME:PORT,NAME:PORT or --cluster ARN, or by a grant that names it.',
  )
}
