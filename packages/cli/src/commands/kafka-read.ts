import { kafkaTopic } from '@causeway-aws/readers/kafka'
import { UsageError } from '../exit.ts'
import { openCluster } from '../kafka-cluster.ts'
import { readRecords } from '../read-records.ts'
import type { Terminal } from '../terminal.ts'
import type { KafkaReadFlags } from './kafka.ts'

interface TopicReading extends KafkaReadFlags {
  terminal: Terminal
  signal: AbortSignal
}

/** Prints the records of a topic, as a member of a group. */
export async function readTopic({ terminal, signal, ...flags }: TopicReading): Promise<void> {
  const { client, grant } = await openCluster(flags)
  const { topic = grant.topic, group: groupId = grant.group, follow } = flags
  if (topic === undefined) throw new UsageError('--topic: say which topic. Example: --topic orders')
  if (groupId === undefined) {
    throw new UsageError('--group: say in which consumer group; it keeps how far was read. Example: --group causeway')
  }
  // Who waits for what comes may wait for Kafka; others would rather be told.
  await using reading = kafkaTopic({ client, topic, groupId, patience: follow ? 300_000 : 30_000 })
  const kept = `the group ${groupId}`
  await readRecords({ ...reading, kept, flags, what: 'partitions', terminal, signal })
}
