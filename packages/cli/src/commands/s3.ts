import type { S3Format } from '@causeway-aws/readers/s3'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { UsageError } from '../exit.ts'
import { readCommand } from '../read-command.ts'
import type { ReadFlags, ReadSubject } from '../read-options.ts'
import { addReaderOptions } from '../reader-options.ts'
import type { BucketFlags } from '../s3-bucket.ts'
import { parseWhole } from '../whole.ts'

const objects: ReadSubject = {
  command: 's3 read',
  partition: 'object',
  partitions: 'objects',
  only: '--key <keys...>',
  from: 'where to begin, without a checkpoint: earliest, latest, with what was made at a time (UTC) or later, or after a position',
  position: /^((gzip|zstd) )?\d{1,15}$/,
}

/** `causeway s3 …`: the objects of a partner. What talks to AWS is loaded when a command runs, not to print help. */
export function s3Command({ terminal, signal }: CommandContext): Command {
  const command = new Command('s3').summary('objects: objects, read').description(
    `Objects in S3 buckets: your own, or a partner's by a role that you may assume.

Examples:
  $ causeway s3 objects --bucket partner-demo-exports
  $ causeway s3 read --bucket partner-demo-exports --prefix orders/ --limit 10`,
  )

  const list = command
    .command('objects')
    .summary('list objects')
    .description(
      `Lists the objects under a prefix, in the order of their keys: when each was made, its size in bytes, its key.

Examples:
  $ causeway s3 objects --bucket partner-demo-exports
  $ causeway s3 objects --bucket partner-demo-exports --prefix orders/ --json`,
    )
  addReaderOptions(addBucketOptions(list))
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document per object')
    .action(async (flags: ObjectsFlags) => {
      const { printObjects } = await import('./s3-objects.ts')
      await printObjects({ ...flags, terminal, signal })
    })

  const read = command
    .command('read')
    .summary('read objects')
    .description(
      `Prints the records of the objects under a prefix, each object from its first record to its last, in the order of their keys. What is gzip
or zstd is expanded. Ends with the last object, or at Ctrl-C; with --follow it lists the prefix again and again, or goes by the
bucket's notifications and lists it now and then, for what none of them named.

A record is committed when its line was written. With --checkpoint the same command goes on in the middle of an object, and leaves
out those that were read: what was being written when it was killed comes again, and nothing else does. What is in a pipe counts as
read; \`| head -5\` wants --limit 5.

Examples:
  $ causeway s3 read --bucket partner-demo-exports --prefix orders/ --limit 10
  $ causeway s3 read --bucket partner-demo-exports --prefix orders/ --output raw \\
      --checkpoint file:.causeway/exports.checkpoint
  $ causeway s3 read --bucket partner-demo-exports --prefix orders/ --follow \\
      --notifications "$QUEUE_URL" > orders.ndjson`,
    )
  addBucketOptions(read)
    .addOption(
      new Option(
        '--format <format>',
        'what a record is: a line that is not empty, a line, a row of CSV as JSON, all there is',
      )
        .choices(['ndjson', 'lines', 'csv', 'whole'] satisfies S3Format[])
        .default('ndjson'),
    )
    .option('--delimiter <character>', 'of CSV: what is between two fields, as ; or the word tab (default: a comma)')
    .option('--no-header', 'of CSV: the first row is a record, too, and each record an array')
    .option('--versions', 'the bucket keeps versions: an object that is replaced is read to its end')
    .option('--concurrency <number>', 'how many objects are read side by side, their records mixed', parseWhole, 1)
  readCommand<S3ReadFlags>(read, objects, { terminal, signal }, () => import('./s3-read.ts'))
    .optionsGroup('From where, and how far:')
    .option(
      '--notifications <queue>',
      "with --follow: URL of the queue that the bucket's notifications come to, which are taken by your own credentials",
      parseQueue,
    )
    .option(
      '--every <seconds>',
      'with --follow: how often the prefix is listed (default: 60; 300 with notifications)',
      parseWhole,
    )
    .hook('preAction', () => {
      const { key, follow, notifications, every, format, delimiter, header } = read.opts<S3ReadFlags>()
      if (format !== 'csv' && (delimiter !== undefined || !header)) {
        const flag = delimiter === undefined ? '--no-header' : '--delimiter'
        throw new UsageError(`s3 read: ${flag} is of CSV. Add --format csv.`)
      }
      if (notifications !== undefined && !follow) {
        throw new UsageError('s3 read: --notifications are of what comes. Add --follow.')
      }
      if (every !== undefined && !follow) {
        throw new UsageError('s3 read: --every says how often the prefix is listed again. Add --follow.')
      }
      if (key !== undefined && follow) {
        throw new UsageError('s3 read: --key is of objects that are there. Leave out --follow, or follow a --prefix.')
      }
    })

  return command
}

function addBucketOptions(command: Command): Command {
  return command
    .optionsGroup('Which:')
    .option('--bucket <name>', 'the bucket (default: the one that the grant names)')
    .option('--prefix <prefix>', 'what the keys begin with (default: that of the grant, or any)')
    .option('--bucket-owner <account>', 'the account that has to own the bucket')
}

function parseQueue(text: string): string {
  if (/^https?:\/\/[^/]+\/\d{12}\/[\w-]{1,80}$/.test(text)) return text
  throw new InvalidArgumentError(
    'Expected the URL of a standard queue, as https://sqs.eu-west-1.amazonaws.com/111111111111/exports.',
  )
}

export interface ObjectsFlags extends BucketFlags {
  json?: boolean
}

export interface S3ReadFlags extends BucketFlags, ReadFlags {
  key?: string[]
  format: S3Format
  delimiter?: string
  header: boolean
  versions?: boolean
  concurrency: number
  notifications?: string
  every?: number
}
