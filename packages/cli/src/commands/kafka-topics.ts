import { kafkaFailure } from '@causeway-aws/readers/kafka'
import { type Cluster, openCluster } from '../kafka-cluster.ts'
import type { Terminal } from '../terminal.ts'
import type { TopicsFlags } from './kafka.ts'

/** Prints the topics of a cluster. */
export async function printTopics({ json, terminal, ...flags }: TopicsFlags & { terminal: Terminal }): Promise<void> {
  const topics = await topicsOf((await openCluster(flags)).client)
  if (json) return terminal.printJson(topics)
  showTopics(topics, terminal)
}

interface Topic {
  readonly topic: string
  readonly partitions: number
}

/** The topics that the caller may describe, but for Kafka's own. */
export async function topicsOf(client: Cluster['client']): Promise<Topic[]> {
  const admin = client.admin({ retry: { retries: 2 } })
  try {
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata()
    return topics
      .filter(({ name }) => !name.startsWith('__'))
      .map(({ name, partitions }) => ({ topic: name, partitions: partitions.length }))
      .sort((one, other) => (one.topic < other.topic ? -1 : 1))
  } catch (error) {
    throw new Error(`The topics of the cluster cannot be listed: ${kafkaFailure(error).reason}.`, { cause: error })
  } finally {
    await admin.disconnect().catch(() => {})
  }
}

/** A line for each topic. */
export function showTopics(topics: readonly Topic[], { print, note }: Terminal): void {
  const width = Math.max(0, ...topics.map(({ topic }) => topic.length))
  for (const { topic, partitions } of topics) {
    print(`${topic.padEnd(width)}  ${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`)
  }
  if (topics.length === 0) note('There is no topic that you may describe (kafka-cluster:DescribeTopic).')
}
