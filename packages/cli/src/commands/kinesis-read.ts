import { kinesisSource, type Shard } from '@causeway-aws/readers/kinesis'
import type { From, Source } from '@causeway-aws/readers/reading'
import { UsageError } from '../exit.ts'
import { failedRecordsTo } from '../failed-records.ts'
import { openStream } from '../kinesis-stream.ts'
import { openCheckpoints } from '../open-checkpoints.ts'
import { isPosition, readRecords } from '../read-records.ts'
import type { Terminal } from '../terminal.ts'
import type { KinesisReadFlags } from './kinesis.ts'

interface StreamReading extends KinesisReadFlags {
  terminal: Terminal
  signal: AbortSignal
}

/** Prints the records of a stream. */
export async function readStream({ terminal, signal, ...flags }: StreamReading): Promise<void> {
  const { from, shard, checkpoint, follow } = flags
  const { client, stream, reader } = await openStream(flags)
  // Who waits for what comes may wait for Kinesis; others would rather be told.
  const all = kinesisSource({ stream, client, patience: follow ? 300_000 : 30_000 })
  const some = shard ? onlyShards(all, shard) : all
  const source = isPosition(from) ? after(some, from.position) : some
  const onFailure = await failedRecordsTo(flags, source.name, reader)
  const checkpoints = await openCheckpoints(checkpoint, source.name, flags.region)
  const kept = checkpoint?.name
  try {
    await readRecords({ source, checkpoints, kept, flags, onFailure, what: 'shards', terminal, signal })
  } finally {
    await checkpoints[Symbol.asyncDispose]?.()
  }
}

/** Some of a stream's shards. One that is not there when they are first listed is a mistake; later it has expired. */
function onlyShards(source: Source<Shard>, ids: readonly string[]): Source<Shard> {
  let isKnown = false
  return {
    ...source,
    async *partitions(signal) {
      const listed: Shard[] = []
      for await (const shard of source.partitions(signal)) listed.push(shard)
      const missing = ids.find((id) => !listed.some((shard) => shard.id === id))
      if (missing !== undefined && !isKnown) {
        throw new UsageError(
          `--shard: the stream ${source.name} has no shard ${missing}; \`causeway kinesis shards\` lists those that it has.`,
        )
      }
      isKnown = true
      yield* listed.filter(({ id }) => ids.includes(id))
    },
  }
}

/** A source whose partitions are begun after a position, where they have no checkpoint. */
function after(source: Source<Shard>, position: string): Source<Shard> {
  const begin = (from: From): From => ('start' in from ? { after: position } : from)
  return { ...source, read: (shard, from, signal) => source.read(shard, begin(from), signal) }
}
