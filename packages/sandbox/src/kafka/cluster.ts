import { randomUUID } from 'node:crypto'
import type { KafkaCluster, SandboxCredentials } from '../contract.ts'
import { clientOptions } from '../credentials.ts'
import type { Layout } from '../layout.ts'
import { locked } from '../lock.ts'
import { makeCertificates } from './certificates.ts'
import { isAlive, type KafkaRecord, readKafka, startKafka } from './server.ts'

/** The partner's cluster: its broker is started, or started again, unless it runs. */
export async function kafkaCluster(
  layout: Layout,
  partner: SandboxCredentials,
  onProgress: (line: string) => void,
): Promise<KafkaCluster> {
  const record = await locked(layout.lockFile, async () => {
    const found = await readKafka(layout)
    if (found && (await isAlive(found))) return found
    await makeCertificates(layout)
    return startKafka(layout, partner.endpoint, found ?? (await createCluster(partner)), onProgress)
  })
  return clusterOf(layout, record)
}

/** The partner's cluster, if its broker runs. */
export async function runningKafka(layout: Layout): Promise<KafkaCluster | undefined> {
  const found = await readKafka(layout)
  return found && (await isAlive(found)) ? clusterOf(layout, found) : undefined
}

const clusterOf = (layout: Layout, { port, clusterArn, pid }: KafkaRecord): KafkaCluster => ({
  clusterArn,
  brokers: [`localhost:${port}`],
  certificateAuthority: layout.kafkaAuthorityFile,
  pid,
  logFile: layout.kafkaLogFile,
})

/** Tells the emulator's MSK of it, so that GetBootstrapBrokers and policies know the cluster. */
async function createCluster(partner: SandboxCredentials): Promise<string> {
  const { CreateClusterCommand, KafkaClient } = await import('@aws-sdk/client-kafka')
  const { ClusterArn = '' } = await new KafkaClient(clientOptions(partner)).send(
    new CreateClusterCommand({
      ClusterName: `sandbox-${randomUUID().slice(0, 8)}`,
      KafkaVersion: '4.3.1',
      NumberOfBrokerNodes: 1,
      BrokerNodeGroupInfo: { ClientSubnets: ['subnet-00000000'], InstanceType: 'kafka.m7g.large' },
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } } },
    }),
  )
  return ClusterArn
}
