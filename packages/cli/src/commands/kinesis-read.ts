import { kinesisSource } from '@causeway-aws/readers/kinesis'
import { openStream } from '../kinesis-stream.ts'
import { onlyPartitions } from '../only-partitions.ts'
import type { OpenSource } from '../run-read.ts'
import type { KinesisReadFlags } from './kinesis.ts'

export const openSource: OpenSource<KinesisReadFlags> = async (flags, { only, patience }) => {
  const { client, stream, reader } = await openStream(flags)
  const source = onlyPartitions(
    kinesisSource({ stream, client, patience }),
    only,
    (id) => `--shard: the stream ${stream} has no shard ${id}; \`causeway kinesis shards\` lists those that it has.`,
  )
  return { source, reader }
}
