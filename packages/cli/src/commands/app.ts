import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { addTableOptions, type TableFlags } from '../table-options.ts'
import { addAppNodeOptions } from './app-node.ts'
import { addAppResourceOptions } from './app-resources.ts'
import type { ChangeAppFlags, CreateAppFlags } from './app-run.ts'

/** `causeway app …`: partners' registrations with the credential vendor. What talks to AWS is loaded when a command runs. */
export function appCommand({ terminal }: CommandContext): Command {
  const command = new Command('app')
    .summary('who is given credentials by the vendor: create, list, show, change, cut, disable')
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
      --user-pool eu-central-2_EXAMPLE --client exampleclientid \\
      --boundary arn:aws:iam::111111111111:policy/causeway-credentials-apps
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
    .addOption(
      new Option('--duration <seconds>', 'its longest session, 900 to 43200').default(3600).argParser(parseSeconds),
    )
  addAppNodeOptions(addAppResourceOptions(create))
    .optionsGroup('Who gives it sessions (outputs of infra/credentials.yaml):')
    .requiredOption('--vendor-role <arn>', 'FunctionRoleArn')
    .requiredOption('--user-pool <id>', 'UserPoolId')
    .requiredOption('--client <id>', 'ClientId')
    .requiredOption('--boundary <arn>', 'BoundaryArn')
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

  const change = command
    .command('change')
    .summary('change what an app uses, or enable it again')
    .description(
      `Changes the record of an app, and has its role follow: who may ask, what it uses, how long its sessions are. What is said takes the place
of all of its kind. --state active enables a disabled app; what it was issued before stays denied. Without any of them, the role is made
as the record says. Killed, the same command goes on.

Of two who change an app at once, the one that comes second is told what the other has changed. With --if-version that is so, too, of
what was changed since you looked.

Examples:
  $ causeway app change orders --duration 43200
  $ causeway app change orders --state active`,
    )
    .argument('<app>', 'its name')
    .optionsGroup('Who:')
    .option('--user <subs...>', 'those users that may ask for its credentials, each by its sub')
    .addOption(new Option('--duration <seconds>', 'its longest session, 900 to 43200').argParser(parseSeconds))
    .addOption(new Option('--state <state>', 'enable it again').choices(['active']))
  addAppNodeOptions(addAppResourceOptions(change))
    .optionsGroup('What it uses no more:')
    .addOption(
      new Option('--without <what...>', 'what it uses no more').choices(['edges', 'bodies', 'audit', 'table', 'node']),
    )
    .optionsGroup('If:')
    .addOption(
      new Option('--if-version <number>', 'only if that is its newest version, as show tells it').argParser(
        parseVersion,
      ),
    )
  addTableOptions(change).action(async (app: string, flags: Omit<ChangeAppFlags, 'terminal' | 'app'>) =>
    (await run()).change({ ...flags, app, terminal }),
  )

  const cut = command
    .command('cut')
    .summary('end the sessions that an app has')
    .description(
      `Has the app's role deny everything to all sessions that were issued until now, or to one of them. The app may ask for another. Says how
long AWS takes. The app's own users do the same by DELETE /apps/APP/sessions.

Examples:
  $ causeway app cut orders
  $ causeway app cut orders --session orders-0123456789abcdef`,
    )
    .argument('<app>', 'its name')
    .optionsGroup('Which:')
    .option('--session <name>', "one session, by the name that the vendor's log and CloudTrail tell")
  addTableOptions(cut).action(async (app: string, flags: TableFlags & { session?: string }) =>
    (await run()).cut({ ...flags, app, terminal }),
  )

  const disable = command
    .command('disable')
    .summary('give an app nothing more, and cut its sessions')
    .description(
      `Gives the app no credentials from now on, and has its role deny everything to those that it has. Says how long AWS takes. Killed, the
same command goes on. \`causeway app change APP --state active\` enables it again.

Examples:
  $ causeway app disable orders
  $ causeway app disable orders --json`,
    )
    .argument('<app>', 'its name')
  addTableOptions(disable).action(async (app: string, flags: TableFlags) =>
    (await run()).disable({ ...flags, app, terminal }),
  )
  return command
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 900 && seconds <= 43_200) return seconds
  throw new InvalidArgumentError('Expected 900 to 43200 seconds.')
}

function parseVersion(text: string): number {
  const version = Number(text)
  if (Number.isInteger(version) && version >= 1) return version
  throw new InvalidArgumentError('Expected a whole number, 1 or more.')
}
