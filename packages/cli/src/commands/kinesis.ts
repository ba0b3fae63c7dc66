import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import type { StreamFlags } from '../kinesis-stream.ts'
import { addOutputOptions, type OutputFlags } from '../output-options.ts'
import { readCommand } from '../read-command.ts'
import { fromOption, type ReadFlags, type ReadFrom, type ReadSubject } from '../read-options.ts'
import { addReaderOptions, type ReaderFlags } from '../reader-options.ts'
import { parseWhole } from '../whole.ts'

const shards: ReadSubject = {
  command: 'kinesis read',
  partition: 'shard',
  partitions: 'shards',
  only: '--shard <ids...>',
  from: 'where to begin, without a checkpoint: earliest, latest, a time (UTC), or after a position',
  position: /^\d+(\/\d+)?$/,
}

const streamOption = () => new Option('--stream <stream>', 'name or ARN (default: the one that the grant names)')

/** `causeway kinesis …`: the streams of a partner. What talks to AWS is loaded when a command runs, not to print help. */
export function kinesisCommand({ terminal, signal }: CommandContext): Command {
  const command = new Command('kinesis').summary('streams: shards, iterator, records, read').description(
    `Kinesis streams: your own, or a partner's by a role that you may assume.

Examples:
  $ causeway kinesis shards --stream demo-orders
  $ causeway kinesis read --stream demo-orders --limit 10`,
  )

  const list = command
    .command('shards')
    .summary('list the shards of a stream')
    .description(
      `Lists the shards of a stream, each after those that it was split from or merged of: id, open or closed, the hash keys that it has,
its parents.

Examples:
  $ causeway kinesis shards --stream demo-orders
  $ causeway kinesis shards --stream demo-orders --json`,
    )
    .optionsGroup('Which:')
    .addOption(streamOption())
  addReaderOptions(list)
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document')
    .action(async (flags: ShardsFlags) => {
      const { printShards } = await import('./kinesis-shards.ts')
      await printShards({ ...flags, terminal, signal })
    })

  const iterator = command
    .command('iterator')
    .summary('get an iterator of a shard')
    .description(
      `Prints an iterator of a shard, which is good for five minutes: what kinesis records is given.

Examples:
  $ causeway kinesis iterator --stream demo-orders --shard shardId-000000000000
  $ causeway kinesis iterator --stream demo-orders --shard shardId-000000000000 --from latest`,
    )
    .optionsGroup('Which:')
    .addOption(streamOption())
    .requiredOption('--shard <id>', 'the shard')
    .addOption(fromOption(shards))
  addReaderOptions(iterator).action(async (flags: IteratorFlags) => {
    const { printIterator } = await import('./kinesis-records.ts')
    await printIterator({ ...flags, terminal, signal })
  })

  const records = command
    .command('records')
    .summary('get records by an iterator, once')
    .description(
      `Asks Kinesis once for the records that an iterator stands before, and prints them, then the iterator that follows. Records that the
Kinesis Producer Library has aggregated come one by one, those that are gzip expanded. Nothing is committed; to read a stream,
use kinesis read.

Examples:
  $ causeway kinesis records "$(causeway kinesis iterator \\
      --stream demo-orders --shard shardId-000000000000)"`,
    )
    .argument('<iterator>', 'what kinesis iterator has printed, or the last kinesis records')
    .optionsGroup('How many:')
    .option('--limit <number>', 'at most so many records, up to 10000', parseWhole)
  addOutputOptions(addReaderOptions(records)).action(async (iterator: string, flags: RecordsFlags) => {
    const { printRecords } = await import('./kinesis-records.ts')
    await printRecords({ ...flags, iterator, terminal, signal })
  })

  const read = command
    .command('read')
    .summary('read a stream')
    .description(
      `Prints the records of a stream: each shard in order, after those that it was split from or merged of. Ends when there is nothing more
now, or at Ctrl-C. Records that the Kinesis Producer Library has aggregated come one by one, those that are gzip expanded.

A record is committed when its line was written. With --checkpoint the same command goes on from there: what was being written when
it was killed comes again, and nothing else does. What is in a pipe counts as read; \`| head -5\` wants --limit 5.

Examples:
  $ causeway kinesis read --stream demo-orders --limit 10
  $ causeway kinesis read --stream demo-orders \\
      --checkpoint file:.causeway/orders.checkpoint
  $ causeway kinesis read --stream demo-orders --from 2026-11-22 --output raw
  $ causeway kinesis read --stream demo-orders --shard shardId-000000000000 \\
      --progress each > .causeway/shard.ndjson
  $ causeway kinesis read --stream demo-orders --grant partner.json --follow \\
      --errors-to s3://example-failures/orders/ > orders.ndjson`,
    )
    .optionsGroup('Which:')
    .addOption(streamOption())
    .option(
      '--consumer <arn>',
      'have Kinesis push the records, by a consumer that the stream has registered for this reader alone (default: poll)',
      parseConsumer,
    )
  readCommand<KinesisReadFlags>(read, shards, { terminal, signal }, () => import('./kinesis-read.ts'))

  return command
}

function parseConsumer(text: string): string {
  if (/^arn:aws[\w-]*:kinesis:[\w-]+:\d{12}:stream\/[\w.-]+\/consumer\/[\w.-]+:\d+$/.test(text)) return text
  throw new InvalidArgumentError(
    'Expected the ARN of a consumer, as arn:aws:kinesis:eu-west-1:222222222222:stream/orders/consumer/reader:1764000000.',
  )
}

export interface ShardsFlags extends StreamFlags {
  json?: boolean
}

export interface IteratorFlags extends StreamFlags {
  shard: string
  from: ReadFrom
}

export interface RecordsFlags extends ReaderFlags, OutputFlags {
  limit?: number
}

export interface KinesisReadFlags extends StreamFlags, ReadFlags {
  consumer?: string
}
