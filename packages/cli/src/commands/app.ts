import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { addTableOptions, type TableFlags } from '../table-options.ts'
import type { CreateAppFlags } from './app-run.ts'

/** `causeway app …`: partners' registrations with the credential vendor. What talks to AWS is loaded when a command runs. */
export function appCommand({ terminal }: CommandContext): Command {
  const command = new Command('app')
    .summary('who is given credentials by the vendor: create, list, show, disable')
    .description(
      `Apps: partners that log in to a user pool and are given sessions of a role that is for each of them alone. They are kept in the table
of grants; infra/credentials.yaml makes the vendor that gives the sessions.

Examples:
  $ causeway app list
  $ causeway app list --json`,
    )
  const run = () => import('./app-run.ts')

  const create = command
    .command('create')
    .summary('make an app, and its role')
    .description(
      `Makes the role of an app, and its record. An external app does all that it does by sessions of that role; a cross-account one uses
its edges by a role of its own account, and the rest by these sessions.

Examples:
  $ causeway app create orders --tenant example --user 2f1c0c0e-7021-70d5-5a4b-8d7f5f6a9c10 \\
      --send arn:aws:sqs:eu-central-2:111111111111:orders.fifo \\
      --key arn:aws:kms:eu-central-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab \\
      --vendor-role arn:aws:iam::111111111111:role/causeway-credentials \\
      --user-pool eu-central-2_EXAMPLE --client exampleclientid
  $ causeway app show orders`,
    )
    .argument('<app>', 'its name')
    .optionsGroup('Who:')
    .requiredOption('--tenant <name>', 'who it is of: your name for the partner')
    .requiredOption('--user <subs...>', 'those users that may ask for its credentials, each by its sub')
    .addOption(
      new Option('--kind <kind>', 'how it uses edges').choices(['external', 'cross-account']).default('external'),
    )
    .option('--partner <account>', "the partner's account; a cross-account app has one")
    .optionsGroup('What it uses:')
    .option('--send <arns...>', 'queues of edges that it sends to')
    .option('--receive <arns...>', 'queues of edges that it receives from')
    .option('--key <arn>', 'the KMS key of those edges')
    .option('--table-arn <arn>', 'a table, of which it reads rows')
    .option('--partition-key <keys...>', 'the partition keys of those rows')
    .option('--may-write', 'it may write those rows, too')
    .addOption(
      new Option('--duration <seconds>', 'its longest session, 900 to 43200').default(3600).argParser(parseSeconds),
    )
    .optionsGroup('What a program is told that starts as its node (a client of EchoStream):')
    .option('--receives <type>', 'type of the messages that it receives')
    .option('--sends <type>', 'type of the messages that it sends')
    .addOption(
      new Option('--configuration <json>', 'what it is configured by, a JSON object').argParser(parseConfiguration),
    )
    .optionsGroup('Who gives it sessions (outputs of infra/credentials.yaml):')
    .requiredOption('--vendor-role <arn>', 'FunctionRoleArn')
    .requiredOption('--user-pool <id>', 'UserPoolId')
    .requiredOption('--client <id>', 'ClientId')
  addTableOptions(create).action(async (app: string, flags: Omit<CreateAppFlags, 'terminal' | 'app'>) =>
    (await run()).create({ ...flags, app, terminal }),
  )

  const list = command
    .command('list')
    .summary('list apps')
    .description(
      `Prints a line for each app: name, state, kind, tenant, and what it uses.

Examples:
  $ causeway app list
  $ causeway app list --json`,
    )
  addTableOptions(list).action(async (flags: TableFlags) => (await run()).list({ ...flags, terminal }))

  const show = command
    .command('show')
    .summary('show an app, and who has changed it')
    .description(
      `Prints all of an app, and its versions: when, what, who. With --policy, the policy that its role has, or, of a cross-account app,
that its own role needs for its edges.

Examples:
  $ causeway app show orders
  $ causeway app show orders --policy`,
    )
    .argument('<app>', 'its name')
    .optionsGroup('What:')
    .option('--policy', 'the policy for the role that uses its edges, as JSON')
  addTableOptions(show).action(async (app: string, flags: TableFlags & { policy?: boolean }) =>
    (await run()).show({ ...flags, app, terminal }),
  )

  const disable = command
    .command('disable')
    .summary('give an app nothing more, and cut its sessions')
    .description(
      `Gives the app no credentials from now on, and has its role deny everything to those that it has. With --session only that session is
cut, and the app may ask for another. Says how long AWS takes. Killed, the same command goes on.

Examples:
  $ causeway app disable orders
  $ causeway app disable orders --session orders-0123456789abcdef`,
    )
    .argument('<app>', 'its name')
    .optionsGroup('Which:')
    .option('--session <name>', "one session, by the name that the vendor's log and CloudTrail tell")
  addTableOptions(disable).action(async (app: string, flags: TableFlags & { session?: string }) =>
    (await run()).disable({ ...flags, app, terminal }),
  )
  return command
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 900 && seconds <= 43_200) return seconds
  throw new InvalidArgumentError('Expected 900 to 43200 seconds.')
}

function parseConfiguration(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed }
  } catch {
    // said below, as of any other that is no object
  }
  throw new InvalidArgumentError('Expected a JSON object.')
}
