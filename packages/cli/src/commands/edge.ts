import { Command, InvalidArgumentError, Option } from 'commander'
import { addBodyOptions, type BodyFlags } from '../body-options.ts'
import type { CommandContext } from '../command-context.ts'
import { edgeOrGrant, grantOfEdge } from '../edge-argument.ts'
import { UsageError } from '../exit.ts'
import { addIdentityOptions } from '../identity.ts'
import { addGrantOption, type ReaderFlags } from '../reader-options.ts'
import { parseWhole } from '../whole.ts'
import { addOperations } from './edge-operations.ts'
import { saveOption } from './save-option.ts'

const jsonOption = () => new Option('--json', 'print one JSON document per message')

/** `causeway edge …`: messages on edges, by hand. What talks to AWS is loaded when a command runs, not to print help. */
export function edgeCommand({ terminal, signal }: CommandContext): Command {
  const command = new Command('edge')
    .summary('messages on edges: send, receive, peek, redrive, drain, pause, resume')
    .description(
      `Messages on edges. An edge is given as its queue URL, its queue ARN or, in your own account, its queue's name.

Examples:
  $ causeway edge send answers.fifo "order 1001" --type order
  $ causeway edge peek answers.fifo
  $ causeway edge redrive answers.fifo`,
    )

  const send = command
    .command('send')
    .summary('send messages')
    .description(
      `Sends a message, or one for each line of a file, and ends when SQS has accepted every one. Prints a line for each that it
accepted: tracking id, type, group id, body. By the tracking id it is found again in logs and in an audit.

What was cut off (Ctrl-C, a lost network) says how to go on: the same command with the --tracking-ids that it had and, of a
file, --from-line. The same lines under the same name have the same tracking ids, by which the edge's node takes each once,
sent once or twice. To be able to repeat a command that may be killed, give it a name of your own. Under another name, or none,
the same lines are new messages.

Examples:
  $ causeway edge send answers.fifo "order 1001" --type order
  $ causeway edge send answers.fifo --body-file README.md --type letter
  $ seq 1001 1003 | causeway edge send answers.fifo --lines - --type order \\
      --tracking-ids orders-of-monday
  $ causeway edge send --grant partner.json "order 1001" --type order`,
    )
    .argument('[edge]', edgeOrGrant)
    .argument('[body]', 'the body of one message')
    .optionsGroup('What to send:')
    .option('--body-file <file>', 'one message, whose body is what is in a file, as it is; - for standard input')
    .option('--lines <file>', 'a message for each line of a file; - for standard input')
    .option('--from-line <number>', 'begin with this line (default: the first)', parseWhole)
    .requiredOption('--type <type>', 'what kind of message it is: the receiver routes by it')
    .option('--group <id>', 'messages of one group keep their order on a FIFO edge (default: each its own group)')
    .option('--tracking-ids <name>', 'what the tracking ids follow from (default: a new name each time)')
  addBodyOptions(send).option('--large', 'store every body there, as an edge needs that takes less than 1 MiB')
  addGrantOption(addIdentityOptions(send), grantOfEdge)
    .optionsGroup('Output:')
    .addOption(jsonOption())
    .action(async (first: string | undefined, second: string | undefined, flags: SendFlags) => {
      const isGranted = flags.grant !== undefined && second === undefined
      const [edge, body] = isGranted ? [undefined, first] : [first, second]
      if ([body, flags.bodyFile, flags.lines].filter((given) => given !== undefined).length !== 1) {
        throw new UsageError(
          'edge send: give either a body or --lines FILE or --body-file FILE. Example: causeway edge send orders.fifo "order 1001" --type order',
        )
      }
      if (flags.fromLine !== undefined && flags.lines === undefined) {
        throw new UsageError('edge send: --from-line is for --lines FILE.')
      }
      if (flags.trackingIds === '')
        throw new UsageError('edge send: --tracking-ids is not a name of 1 character or more.')
      const { sendMessages } = await import('./edge-send.ts')
      await sendMessages({ ...flags, edge, body, terminal, signal })
    })

  const receive = command
    .command('receive')
    .summary('take messages off an edge')
    .description(
      `Takes messages off an edge: each is deleted when its line was written, and is then nowhere but where you keep the line; to look
only, use peek. Ends after --most messages, or when there is none for --wait seconds. A message that cannot be read, or its body
in S3, is named and stays, and the command ends with 1.

Examples:
  $ causeway edge receive answers.fifo
  $ causeway edge receive answers.fifo --most 100 --json
  $ causeway edge receive --grant partner.json`,
    )
    .argument('[edge]', edgeOrGrant)
    .optionsGroup('How many:')
    .option('--most <number>', 'end after so many messages', parseWhole, 10)
    .option('--wait <seconds>', 'how long to wait for a message, at most 20', parseWait, 2)
  addBodyOptions(receive)
  addGrantOption(addIdentityOptions(receive), grantOfEdge)
    .optionsGroup('Output:')
    .addOption(saveOption())
    .addOption(jsonOption())
    .action(async (edge: string | undefined, flags: ReceiveFlags) => {
      const { receiveMessages } = await import('./edge-receive.ts')
      await receiveMessages({ ...flags, edge, terminal, signal })
    })

  const peek = command
    .command('peek')
    .summary('look at messages and leave them there')
    .description(
      `Prints messages and leaves them on the edge. SQS has no look without a receive: each counts as one, and is hidden while it is looked at.

Then it says how many there were, of the dead letters too: waiting, in hand (a node works on them, or they are hidden after a
failure until they are tried again), delayed. Only those waiting can be seen, and of them none that is behind one in hand in its
group. The numbers are SQS's, and about a minute old.

Examples:
  $ causeway edge peek answers.fifo
  $ causeway edge peek answers.fifo --most 3 --json`,
    )
    .argument('[edge]', edgeOrGrant)
    .optionsGroup('How many:')
    .option('--most <number>', 'at most so many messages', parseWhole, 10)
  addBodyOptions(peek)
  addGrantOption(addIdentityOptions(peek), grantOfEdge)
    .optionsGroup('Output:')
    .addOption(new Option('--json', 'print one JSON document per message, then one of the numbers'))
    .action(async (edge: string | undefined, flags: PeekFlags) => {
      const { peekMessages } = await import('./edge-peek.ts')
      await peekMessages({ ...flags, edge, terminal, signal })
    })

  addOperations(command, { terminal, signal })
  return command
}

interface SendFlags extends ReaderFlags, BodyFlags {
  bodyFile?: string
  lines?: string
  fromLine?: number
  trackingIds?: string
  large?: boolean
  type: string
  group?: string
  json?: boolean
}

interface ReceiveFlags extends ReaderFlags, BodyFlags {
  save?: string
  most: number
  wait: number
  json?: boolean
}

type PeekFlags = Omit<ReceiveFlags, 'wait' | 'save'>

function parseWait(text: string): number {
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 20)
    throw new InvalidArgumentError('Expected 0 to 20 seconds.')
  return seconds
}
