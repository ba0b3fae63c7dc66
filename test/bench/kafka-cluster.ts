import { kafkaClient } from '@causeway-aws/readers'
import type { Kafka } from 'kafkajs'
import type { BenchSandbox } from './sandbox.ts'

/** Where the cluster is, and as whom it is asked: what a process can be told of it. */
export interface Cluster {
  readonly brokers: readonly string[]
  readonly certificateAuthority: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export async function clusterOf(sandbox: BenchSandbox): Promise<Cluster> {
  const { brokers, certificateAuthority } = await sandbox.kafka()
  const { region, credentials } = await sandbox.client('partner')
  return { brokers, certificateAuthority, region, credentials }
}

/** A client of ours, which changes kafkajs for all of its process. */
export function clientOf({ credentials, ...where }: Cluster): Kafka {
  return kafkaClient({ ...where, credentials: async () => credentials })
}

/** Makes a topic of so many partitions, and writes so many records of 1,000 bytes to each. */
export async function fillTopic(cluster: Cluster, topic: string, partitions: number, count: number): Promise<void> {
  const client = clientOf(cluster)
  const [admin, producer] = [client.admin(), client.producer()]
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
  const value = Buffer.alloc(1_000, 'x')
  for (let partition = 0; partition < partitions; partition += 1) {
    for (let left = count; left > 0; left -= 1_000) {
      const messages = Array.from({ length: Math.min(left, 1_000) }, (_, index) => {
        return { key: `customer-${index}`, value, partition }
      })
      await producer.send({ topic, messages })
    }
  }
  await Promise.all([admin.disconnect(), producer.disconnect()])
}
