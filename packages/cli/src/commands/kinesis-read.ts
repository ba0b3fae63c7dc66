import { kinesisSource } from '@causeway-aws/readers/kinesis'
import { UsageError } from '../exit.ts'
import { openStream } from '../kinesis-stream.ts'
import { onlyPartitions } from '../only-partitions.ts'
import type { OpenSource } from '../run-read.ts'
import type { KinesisReadFlags } from './kinesis.ts'

export const openSource: OpenSource<KinesisReadFlags> = async (flags, { only, patience }) => {
  const { consumer } = flags
  const [ofConsumer] = consumer?.split('/consumer/') ?? []
  const { client, stream, reader } = await openStream({ ...(ofConsumer && { stream: ofConsumer }), ...flags })
  if (ofConsumer !== undefined && ![ofConsumer, ofConsumer.split('/')[1]].includes(stream)) {
    throw new UsageError(`--consumer: it is of the stream ${ofConsumer}, and not of ${stream}.`)
  }
  const source = onlyPartitions(
    kinesisSource({ stream, client, patience, ...(consumer !== undefined && { fanOut: { consumerArn: consumer } }) }),
    only,
    (id) => `--shard: the stream ${stream} has no shard ${id}; \`causeway kinesis shards\` lists those that it has.`,
  )
  return { source, reader }
}
