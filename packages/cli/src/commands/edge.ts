import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { UsageError } from '../exit.ts'
import { addIdentityOptions, type IdentityFlags } from '../identity.ts'
import { parseWhole } from '../whole.ts'
import { addOperations } from './edge-operations.ts'

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
      `Sends a message, or one for each line of a file, and answers when SQS has accepted every one. Prints a line for each that it
accepted: tracking id, type, group id, body. By the tracking id it is found again in logs and in an audit.

Examples:
  $ causeway edge send answers.fifo "order 1001" --type order
  $ seq 1001 1003 | causeway edge send answers.fifo --lines - --type order`,
    )
    .argument('<edge>', 'queue URL, queue ARN, or name in your own account')
    .argument('[body]', 'the body of one message')
    .optionsGroup('What to send:')
    .option('--lines <file>', 'a message for each line of a file; - for standard input')
    .requiredOption('--type <type>', 'what kind of message it is: the receiver routes by it')
    .option('--group <id>', 'messages of one group keep their order on a FIFO edge (default: each its own group)')
  addIdentityOptions(send)
    .optionsGroup('Output:')
    .addOption(jsonOption())
    .action(async (edge: string, body: string | undefined, flags: SendFlags) => {
      if ((body === undefined) === (flags.lines === undefined)) {
        throw new UsageError(
          'edge send: give either a body or --lines FILE. Example: causeway edge send orders.fifo "order 1001"',
        )
      }
      const { sendMessages } = await import('./edge-send.ts')
      await sendMessages({ ...flags, edge, body, terminal, signal })
    })

  const receive = command
    .command('receive')
    .summary('take messages off an edge')
    .description(
      `Takes messages off an edge: ten at a time are printed, then deleted, read or not by what follows in a pipe. Ends when there
is none for --wait seconds.

Examples:
  $ causeway edge receive answers.fifo
  $ causeway edge receive answers.fifo --most 100 --json`,
    )
    .argument('<edge>', 'queue URL, queue ARN, or name in your own account')
    .optionsGroup('How many:')
    .option('--most <number>', 'end after so many messages', parseWhole, 10)
    .option('--wait <seconds>', 'how long to wait for a message, at most 20', parseWait, 2)
  addIdentityOptions(receive)
    .optionsGroup('Output:')
    .addOption(jsonOption())
    .action(async (edge: string, flags: ReceiveFlags) => {
      const { receiveMessages } = await import('./edge-receive.ts')
      await receiveMessages({ ...flags, edge, terminal, signal })
    })

  const peek = command
    .command('peek')
    .summary('look at messages and leave them there')
    .description(
      `Prints messages and leaves them on the edge. SQS has no look without a receive: each counts as one, and is hidden while it is looked at.

Examples:
  $ causeway edge peek answers.fifo
  $ causeway edge peek answers.fifo --most 3 --json`,
    )
    .argument('<edge>', 'queue URL, queue ARN, or name in your own account')
    .optionsGroup('How many:')
    .option('--most <number>', 'at most so many messages', parseWhole, 10)
  addIdentityOptions(peek)
    .optionsGroup('Output:')
    .addOption(jsonOption())
    .action(async (edge: string, flags: PeekFlags) => {
      const { peekMessages } = await import('./edge-peek.ts')
      await peekMessages({ ...flags, edge, terminal, signal })
    })

  addOperations(command, { terminal, signal })
  return command
}

interface SendFlags extends IdentityFlags {
  lines?: string
  type: string
  group?: string
  json?: boolean
}

interface ReceiveFlags extends IdentityFlags {
  most: number
  wait: number
  json?: boolean
}

type PeekFlags = Omit<ReceiveFlags, 'wait'>

function parseWait(text: string): number {
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 20)
    throw new InvalidArgumentError('Expected 0 to 20 seconds.')
  return seconds
}
