import { kafkaTopic, type TopicPartition } from '@causeway-aws/readers/kafka'
import { UsageError } from '../exit.ts'
import { openCluster } from '../kafka-cluster.ts'
import { onlyPartitions } from '../only-partitions.ts'
import type { OpenSource } from '../run-read.ts'
import type { KafkaReadFlags } from './kafka.ts'
import { topicsOf } from './kafka-topics.ts'

export const openSource: OpenSource<KafkaReadFlags> = async (flags, { only, patience }) => {
  const { client, reader } = await openCluster(flags)
  const { topic = reader.grant.topic, group: groupId = reader.grant.group } = flags
  if (topic === undefined) throw new UsageError('--topic: say which topic. Example: --topic orders')
  if (groupId === undefined) {
    throw new UsageError('--group: say in which consumer group; it keeps how far was read. Example: --group causeway')
  }
  const membership = kafkaTopic({ client, topic, groupId, patience })
  let own = 0
  async function* partitions(signal: AbortSignal): AsyncGenerator<TopicPartition> {
    own = 0
    for await (const partition of membership.source.partitions(signal)) {
      own += 1
      yield partition
    }
  }
  const source = onlyPartitions(
    { ...membership.source, partitions },
    only,
    (id) =>
      `--partition: the topic ${topic} has no partition ${id}, or another member of the group ${groupId} has it; \`causeway kafka topics\` says how many it has.`,
  )
  return {
    source,
    reader,
    checkpoints: membership.checkpoints,
    // Who names some of the partitions has them, or was told that others do.
    ...(only === undefined && {
      held: async () => {
        const { partitions = own } = (await topicsOf(client)).find((found) => found.topic === topic) ?? {}
        return partitions - own
      },
    }),
    kept: `the group ${groupId}`,
    close: async () => membership[Symbol.asyncDispose](),
  }
}
