import { kafkaClient, recordMessage } from '@causeway-aws/readers'
import type { KafkaCluster } from '@causeway-aws/sandbox'
import type { Flow } from './flow.ts'
import { sharedDataSteps } from './shared-data.ts'

/** A topic of the partner, read by a function of home. */
export const partnerTopic: Flow = {
  name: 'topic',
  title: "What is in the partner's Kafka topic arrives as messages",
  steps(context) {
    const { sandbox, accounts } = context
    const { credentials, region } = accounts.partner
    const [topic, group] = ['demo-orders', 'causeway-demo']
    const body = 'order 1010'
    let cluster: KafkaCluster
    const client = () => {
      const { brokers, certificateAuthority } = cluster
      return kafkaClient({ brokers, certificateAuthority, region, credentials: async () => credentials })
    }
    return sharedDataSteps(context, {
      name: 'topic',
      what: 'a Kafka topic',
      reader: 'kafka-reader',
      async make(show) {
        cluster = await sandbox.kafka({ onProgress: show })
        const admin = client().admin()
        await admin.connect()
        await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true })
        await admin.disconnect()
        const shared = { ClusterArn: cluster.clusterArn, TopicName: topic, GroupName: group }
        return { shared, read: shared }
      },
      body,
      putting: `writes "${body}" to it`,
      async put() {
        const producer = client().producer()
        await producer.connect()
        const key = 'customer-10'
        const [written] = await producer.send({ topic, messages: [{ key, value: body }] })
        await producer.disconnect()
        const record = { position: written?.baseOffset ?? '', key, data: Buffer.from(body) }
        const source = `${cluster.clusterArn.replace(':cluster/', ':topic/')}/${topic}`
        return recordMessage(record, { source, partition: `${written?.partition}`, type: 'order' })
      },
    })
  },
}
