import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { addTableOptions, type TableFlags } from '../table-options.ts'
import { parseWhole } from '../whole.ts'
import type { CreateTicketFlags } from './ticket-run.ts'

/** `causeway ticket …`: one-time secrets by which a machine enrols. What talks to AWS is loaded when a command runs. */
export function ticketCommand({ terminal }: CommandContext): Command {
  const command = new Command('ticket')
    .summary('one-time secrets by which a machine enrols: create, list, revoke')
    .description(
      `Tickets: a machine that has no credentials of yours yet redeems one, once, and becomes a member of a project or the agent of a launch,
with the attributes that the ticket says. They are kept in the table of grants, without their codes.

Examples:
  $ causeway ticket create --kind member --into metrics --to file:ticket
  $ causeway ticket list`,
    )
  const run = () => import('./ticket-run.ts')

  const create = command
    .command('create')
    .summary('make a ticket')
    .description(
      `Makes a ticket, and writes its code to where --to says; without --to, to standard output. It is told this once and kept nowhere: what is
lost is revoked, and another made. Whoever has the code can redeem it, so:

  - make it when its machine is there to redeem it: it is good for ten minutes;
  - hand it over in a file that only the machine's owner reads, or as a secret that only the machine's role reads; never on a
    command line, in a variable of a template, or in user data, which others see and which stay.

Examples:
  $ causeway ticket create --kind member --into metrics \\
      --attribute influxdb-inlet=true --to file:ticket
  $ causeway ticket create --kind agent --into launch-0123 --to secret:launch-0123
  $ causeway ticket create --kind member --into metrics --uses 3 --expires-in 1h > tickets
  $ causeway ticket create --kind member --into metrics --json`,
    )
    .optionsGroup('What it is good for:')
    .addOption(
      new Option('--kind <kind>', 'what its redeemer becomes: a member of a project, or the agent of a launch')
        .choices(['agent', 'member'])
        .makeOptionMandatory(),
    )
    .requiredOption('--into <name>', 'the project, or the launch; no other takes it')
    .option('--attribute <name=value...>', 'what is proved of the redeemer from then on')
    .option('--grant <grant>', 'the grant that it is for, by id or name: once that has ended, the ticket has, too')
    .optionsGroup('How often, and until when:')
    .addOption(
      new Option('--expires-in <time>', 'for how long: 90s, 10m, 2h or 1d, at most 7d')
        .default(600, '10m')
        .argParser(parseTime),
    )
    .option('--uses <number>', 'how many may redeem it, at most 100', parseWhole, 1)
    .optionsGroup('Where its code goes:')
    .option(
      '--to <place>',
      'file:PATH, which nobody else may read, or secret:NAME of Secrets Manager (default: standard output)',
    )
  addTableOptions(create).action(async (flags: Omit<CreateTicketFlags, 'terminal'>) =>
    (await run()).create({ ...flags, terminal }),
  )

  const list = command
    .command('list')
    .summary('list tickets')
    .description(
      `Prints a line for each ticket: id, state, end, how many of its uses were used, and what it is good for. Their codes are not kept. A
ticket is deleted about a month after its end.

Examples:
  $ causeway ticket list
  $ causeway ticket list --state open --json`,
    )
    .optionsGroup('Which:')
    .addOption(new Option('--state <state>', 'those in this state only').choices(states))
  addTableOptions(list).action(async (flags: TableFlags & { state?: (typeof states)[number] }) =>
    (await run()).list({ ...flags, terminal }),
  )

  const revoke = command
    .command('revoke')
    .summary('have a ticket taken no more')
    .description(
      `Has a ticket refused from now on. Whoever has redeemed it stays what they have become, and is named.

Examples:
  $ causeway ticket revoke 0123456789abcdef
  $ causeway ticket revoke 0123456789abcdef --json`,
    )
    .argument('<ticket>', 'its id')
  addTableOptions(revoke).action(async (id: string, flags: TableFlags) =>
    (await run()).revoke({ ...flags, id, terminal }),
  )
  return command
}

const states = ['open', 'used', 'expired', 'revoked'] as const

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

function parseTime(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const time = Number(number) * (seconds[unit] ?? 0)
  if (time >= 1 && time <= 604_800) return time
  throw new InvalidArgumentError('Expected a time of at most 7d, such as 90s, 10m, 2h or 1d.')
}
