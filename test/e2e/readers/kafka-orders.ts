import type { TopicPartition } from '@causeway-aws/readers'
import { kafkaClient, type ReadOptions } from '@causeway-aws/readers'
import type { KafkaCluster, Sandbox } from '@causeway-aws/sandbox'
import type { Admin, CompressionTypes, Kafka, Producer } from 'kafkajs'

/** The partner's side of a topic: makes it, writes to it. */
export interface Orders extends AsyncDisposable {
  readonly client: Kafka
  readonly admin: Admin
  readonly producer: Producer
  readonly topic: string
  /** Writes numbers in order, each under one of some keys, and says what each key was given. */
  write(count: number, compression?: CompressionTypes): Promise<void>
  readonly written: Map<string, number[]>
}

export async function makeOrders(sandbox: Sandbox, cluster: KafkaCluster, numPartitions = 3): Promise<Orders> {
  const partner = await sandbox.credentials('partner')
  const client = clusterClient(cluster, partner.region, async () => partner)
  const [admin, producer] = [client.admin(), client.producer({ idempotent: true })]
  const topic = `orders-${crypto.randomUUID()}`
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true })
  const written = new Map<string, number[]>()
  let next = 0
  return {
    client,
    admin,
    producer,
    topic,
    written,
    async write(count, compression) {
      for (let left = count; left > 0; left -= 500) {
        const messages = Array.from({ length: Math.min(left, 500) }, () => {
          const key = `customer-${next % 20}`
          written.set(key, [...(written.get(key) ?? []), next])
          return { key, value: `${next++}` }
        })
        await producer.send({ topic, messages, ...(compression !== undefined && { compression }) })
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([admin.disconnect(), producer.disconnect()])
    },
  }
}

export const clusterClient = (
  { brokers, certificateAuthority }: KafkaCluster,
  region: string,
  credentials: NonNullable<Parameters<typeof kafkaClient>[0]['credentials']>,
): Kafka => kafkaClient({ brokers, region, certificateAuthority, credentials })

/** What was given of each key, in the order in which it was. */
export class Taken {
  readonly byKey = new Map<string, number[]>()
  readonly onBatch: ReadOptions<TopicPartition>['onBatch'] = async (records) => {
    for (const { key = '', data } of records) {
      this.byKey.set(key, [...(this.byKey.get(key) ?? []), Number(Buffer.from(data).toString())])
    }
  }

  get size(): number {
    return [...this.byKey.values()].reduce((sum, { length }) => sum + length, 0)
  }
}
