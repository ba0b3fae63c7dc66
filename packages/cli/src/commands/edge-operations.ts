import { type Command, Option } from 'commander'
import { addBodyOptions, type BodyFlags } from '../body-options.ts'
import type { CommandContext } from '../command-context.ts'
import { edgeOrGrant, grantOfEdge } from '../edge-argument.ts'
import { addIdentityOptions, type IdentityFlags } from '../identity.ts'
import { addGrantOption, type ReaderFlags } from '../reader-options.ts'
import { parseWhole } from '../whole.ts'
import { saveOption } from './save-option.ts'

/** Adds what an edge's owner does with it when something is wrong: redrive, drain, pause, resume. */
export function addOperations(command: Command, { terminal, signal }: CommandContext): void {
  const drain = command
    .command('drain')
    .summary('take everything off an edge')
    .description(
      `Deletes every message of an edge, for good: each when its line was written, until there is none. Keep what it prints, or it is
lost; \`| head -1\` ends it after a message, but \`| less\` is written, and deletes, more than it shows. To look only, use peek.
Messages that a node works on are not seen, so pause it first. A message that cannot be read, or its body in S3, is named and stays,
and the command ends with 1; with --json the reference to a body is enough, and with --unreadable what cannot be read is taken off,
too, and printed as SQS has it. It is for the edge's owner, and for who may receive from it.

Examples:
  $ causeway edge pause answers.fifo
  $ causeway edge drain answers.fifo --json > answers.jsonl
  $ causeway edge drain orders-dead.fifo --json --unreadable > dead.jsonl`,
    )
    .argument('[edge]', edgeOrGrant)
    .optionsGroup('Which:')
    .option('--unreadable', 'those, too, that cannot be read: each as SQS has it, in one JSON document')
  addBodyOptions(drain)
  addGrantOption(addIdentityOptions(drain), grantOfEdge)
    .optionsGroup('Output:')
    .addOption(saveOption())
    .addOption(new Option('--json', 'print one JSON document per message'))
    .action(async (edge: string | undefined, flags: DrainFlags) => {
      const { receiveMessages } = await import('./edge-receive.ts')
      await receiveMessages({ ...flags, edge, most: Number.POSITIVE_INFINITY, wait: 2, terminal, signal })
    })

  const redrive = command
    .command('redrive')
    .summary('send dead letters to their edge again')
    .description(
      `Sends the messages that a node gave up to their edge again, each as it was, in the order of its group. Each is taken off the
dead letter queue when the edge has accepted it; one that the edge cannot take stays there with what is behind it in its group, and
the command ends with 1. It is for the letters that are there when it begins: one that dies again while it goes on is named, and
stays, and the command ends with 1. It is for the edge's owner; a node in another account that gave messages up itself, and may send
to the edge, says by --from where they are. See why they were given up first: causeway edge peek orders-dead.fifo --json

Examples:
  $ causeway edge redrive orders.fifo
  $ causeway edge redrive orders.fifo --most 1`,
    )
    .argument('<edge>', 'queue URL, queue ARN, or name in your own account: the edge, not its dead letter queue')
    .optionsGroup('Which:')
    .option('--from <edge>', "the dead letter queue (default: the one of the edge's redrive policy)")
    .option('--most <number>', 'end after so many messages (default: all)', parseWhole)
  addIdentityOptions(redrive)
    .optionsGroup('Output:')
    .addOption(new Option('--json', 'print one JSON document per message'))
    .action(async (edge: string, flags: RedriveFlags) => {
      const { redriveMessages } = await import('./edge-redrive.ts')
      await redriveMessages({ ...flags, edge, terminal, signal })
    })

  const pause = command
    .command('pause')
    .summary('stop the node of an edge')
    .description(
      `Stops what receives from an edge, for its owner: the triggers of functions are disabled, and the queue gets the tag
causeway:paused, at which processes that consume it wait within 20 seconds. They need sqs:ListQueueTags for that, and log it if they
are refused. A receiver in another account goes on: AWS lets nobody there see a queue's tags. What is sent meanwhile stays on the
edge, in its order.

Examples:
  $ causeway edge pause orders.fifo`,
    )
  const resume = command
    .command('resume')
    .summary('let the node of an edge go on')
    .description(
      `Starts what edge pause has stopped on an edge, for its owner, and nothing that was off before: triggers are enabled, and processes
that consume the edge go on. Says of each trigger what it was and is. Where somebody has overwritten the tag causeway:paused, it is not
known which triggers the pause had turned off: those that are off are left so and named, and the command ends with 1.

Examples:
  $ causeway edge resume orders.fifo`,
    )
  for (const [verb, paused] of [
    [pause, true],
    [resume, false],
  ] as const) {
    verb.argument('<edge>', 'queue URL, queue ARN, or name in your own account')
    addIdentityOptions(verb)
      .optionsGroup('Output:')
      .addOption(new Option('--json', 'print one JSON document'))
      .action(async (edge: string, flags: JsonFlags) => {
        const { pauseEdge } = await import('./edge-pause.ts')
        await pauseEdge({ ...flags, edge, paused, terminal, signal })
      })
  }
}

interface JsonFlags extends IdentityFlags {
  json?: boolean
}

interface DrainFlags extends ReaderFlags, BodyFlags {
  json?: boolean
  save?: string
  unreadable?: boolean
}

interface RedriveFlags extends JsonFlags {
  from?: string
  most?: number
}
