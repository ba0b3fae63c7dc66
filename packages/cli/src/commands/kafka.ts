import { Command, Option } from 'commander'
import { addClusterOptions, type ClusterFlags } from '../cluster-options.ts'
import type { CommandContext } from '../command-context.ts'
import { addOutputOptions, type OutputFlags } from '../output-options.ts'
import { readCommand } from '../read-command.ts'
import type { ReadFlags, ReadSubject } from '../read-options.ts'
import { addReaderOptions } from '../reader-options.ts'

const partitions: ReadSubject = {
  command: 'kafka read',
  partition: 'partition',
  partitions: 'partitions',
  only: '--partition <numbers...>',
  from: 'where a new group begins: earliest, latest, a time (UTC), or after an offset',
  position: /^\d{1,19}$/,
  keepsItself: "the group's offsets are the checkpoint. Leave out --checkpoint; the same --group goes on from there.",
}

const groupOption = () =>
  new Option('--group <name>', 'the consumer group, whose offsets are the checkpoint (default: the one of the grant)')

/** `causeway kafka …`: the topics of a partner. What talks to Kafka is loaded when a command runs, not to print help. */
export function kafkaCommand({ terminal, signal }: CommandContext): Command {
  const command = new Command('kafka').summary('topics: topics, read, shell').description(
    `Topics of Kafka clusters with the IAM access control of Amazon MSK: your own, or a partner's by a role that you may assume.
In the sandbox, CLUSTER is set by what \`causeway sandbox env\` prints while its Kafka runs.

Examples:
  $ causeway kafka topics --cluster "$CLUSTER"
  $ causeway kafka read --cluster "$CLUSTER" --topic demo-orders --group causeway`,
  )

  const topics = command
    .command('topics')
    .summary('list the topics')
    .description(
      `Lists the topics of a cluster that you may describe, and how many partitions each has.

Examples:
  $ causeway kafka topics --cluster "$CLUSTER"`,
    )
  addReaderOptions(addClusterOptions(topics))
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document')
    .action(async (flags: TopicsFlags) => {
      const { printTopics } = await import('./kafka-topics.ts')
      await printTopics({ ...flags, terminal })
    })

  const read = command
    .command('read')
    .summary('read a topic')
    .description(
      `Prints the records of a topic: each partition in order, as a member of a consumer group. Ends when there is nothing more now, or at
Ctrl-C. gzip, snappy, lz4 and zstd are read; records of aborted transactions are left out.

A record is committed to the group when its line was written, so the same command goes on from there; what was being written when it
was killed comes again, and nothing else does. Who reads in the same group at the same time has other partitions: how many, is said at
the end, which then is 1. What is in a pipe counts as read; \`| head -5\` wants --limit 5.

Records that retention deleted before they were read end the reading, or go to --errors-to as one record that says which they
were. With --partition a member has the others too, and leaves them unread: take a group that nobody else reads in.

Examples:
  $ causeway kafka read --cluster "$CLUSTER" --topic demo-orders --group causeway --limit 10
  $ causeway kafka read --cluster "$CLUSTER" --topic demo-orders --group causeway-2 \\
      --partition 0 --from 2026-11-22 --progress each > .causeway/partition.ndjson
  $ causeway kafka read --cluster "$CLUSTER" --topic demo-orders --group causeway --follow \\
      > orders.ndjson`,
    )
    .optionsGroup('Which:')
    .option('--topic <name>', 'the topic (default: the one of the grant)')
    .addOption(groupOption())
  addClusterOptions(read)
  readCommand<KafkaReadFlags>(read, partitions, { terminal, signal }, () => import('./kafka-read.ts'))

  const shell = command
    .command('shell')
    .summary('a consumer to talk to')
    .description(
      `Keeps one consumer, and does with it what is typed, or what comes by standard input: \`help\` lists the commands. Nothing is committed
before \`commit\`.

Examples:
  $ printf 'topics\\nsubscribe demo-orders\\npoll\\ncommit\\n' \\
      | causeway kafka shell --cluster "$CLUSTER" --group causeway`,
    )
    .optionsGroup('Which:')
    .addOption(groupOption())
  addOutputOptions(addReaderOptions(addClusterOptions(shell))).action(async (flags: ShellFlags) => {
    const { runShell } = await import('./kafka-shell.ts')
    await runShell({ ...flags, terminal, signal })
  })

  return command
}

export interface TopicsFlags extends ClusterFlags {
  json?: boolean
}

export interface ShellFlags extends ClusterFlags, OutputFlags {
  group?: string
}

export interface KafkaReadFlags extends ClusterFlags, ReadFlags {
  topic?: string
  group?: string
}
