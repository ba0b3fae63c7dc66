import { utcTime } from '@causeway-aws/readers/utc-time'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { addTableOptions, type TableFlags } from '../table-options.ts'
import { addResourceOptions } from './grant-resource.ts'
import type { AcceptFlags, CreateFlags, ExportFlags, RevokeFlags, RotateFlags } from './grant-run.ts'

/** `causeway grant …`: what two accounts share. What talks to AWS is loaded when a command runs, not to print help. */
export function grantCommand({ terminal }: CommandContext): Command {
  const command = new Command('grant')
    .summary('what two accounts share: create, list, show, test, export, accept, rotate, revoke')
    .description(
      `What partners may do with what is yours, and you with what is theirs: one record each, in a table that infra/grants.yaml makes.

A grant is created, exported to the partner, who deploys that, and accepted with what the partner answers; then it is active, until it
ends or is revoked.

What the partner has (a stream, a bucket, a topic, an edge) you use by a role of the partner's, with an ExternalId made for this grant.
What you have (an edge, a bucket) the partner uses by a role of its own, which the policies of your queue, key and bucket name.

Examples:
  $ causeway grant create --name orders --partner 222222222222 \\
      --stream arn:aws:kinesis:eu-central-2:222222222222:stream/demo-orders
  $ causeway grant list`,
    )
  const run = () => import('./grant-run.ts')

  const create = command
    .command('create')
    .summary('make a grant')
    .description(
      `Makes the record of a grant and prints its id. Nothing is allowed to anybody yet.

Examples:
  $ causeway grant create --name orders --partner 222222222222 \\
      --stream arn:aws:kinesis:eu-central-2:222222222222:stream/demo-orders
  $ causeway grant create --name exports --partner 222222222222 \\
      --bucket example-exports --prefix orders/ --owner 222222222222 --until 2027-01-01
  $ causeway grant create --name invoices --partner 222222222222 --action send \\
      --edge arn:aws:sqs:eu-central-2:111111111111:invoices.fifo \\
      --key arn:aws:kms:eu-central-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    )
    .optionsGroup('Who:')
    .requiredOption('--name <name>', 'what you call it')
    .requiredOption('--partner <account>', "the partner's account")
    .option('--owner <account>', 'the account that has it; needed of a bucket, whose name does not say')
    .option(
      '--principal <arns...>',
      "roles and users of yours that use what is the partner's (default: all that your own policies let)",
    )
  addResourceOptions(create).option('--until <time>', 'when it ends, in UTC (default: never)', parseTime)
  addTableOptions(create).action(async (flags: CreateFlags & TableFlags) =>
    (await run()).create({ ...flags, terminal }),
  )

  const list = command
    .command('list')
    .summary('list grants')
    .description(
      `Prints a line for each grant: id, state, direction and partner, end, name and what.

Examples:
  $ causeway grant list
  $ causeway grant list --state active --json`,
    )
    .optionsGroup('Which:')
    .addOption(new Option('--state <state>', 'those in this state only').choices(states))
  addTableOptions(list).action(async (flags: TableFlags & { state?: (typeof states)[number] }) =>
    (await run()).list({ ...flags, terminal }),
  )

  const show = command
    .command('show')
    .summary('show a grant, and who has changed it')
    .description(
      `Prints all of a grant, and its versions: when, what, who. Where the ExternalId is, is said; the ExternalId is not.

Examples:
  $ causeway grant show orders
  $ causeway grant show orders --json`,
    )
    .argument('<grant>', which)
  addTableOptions(show).action(async (id: string, flags: TableFlags) => (await run()).show({ ...flags, id, terminal }))

  const test = command
    .command('test')
    .summary('try a grant, and explain a denial')
    .description(
      `Tries a grant as you are now. What is the partner's: its role with the ExternalId, which must let you in, and without and with a
wrong one, which must not; then a stream's shards or a bucket's objects are listed. What is yours: whether each policy is as the grant
wants it. Whoever has no table tries what was exported for readers. Exit code 1 when anything is not as it should be.

Examples:
  $ causeway grant test orders
  $ causeway grant test --grant partner.json`,
    )
    .argument('[grant]', which)
    .optionsGroup('Which:')
    .option('--grant <file>', 'what grant export --for-reader has written')
  addTableOptions(test).action(async (id: string | undefined, flags: TableFlags & { grant?: string }) =>
    (await run()).test({ ...flags, ...(id && { id }), terminal }),
  )

  const exported = command
    .command('export')
    .summary('write what the partner deploys, or what a reader is given')
    .description(
      `Writes a CloudFormation template with nothing left to fill in, for the partner's account: a role that may do exactly this, until
then. What is the partner's is asked for by an ExternalId, which is in the file: only you may read it, and it is for the partner alone.

Examples:
  $ causeway grant export orders --to orders.json
  $ causeway grant export orders --to orders-policies.json --policy
  $ causeway grant export orders --to partner.json --for-reader
  $ causeway kinesis read --grant partner.json --limit 10`,
    )
    .argument('<grant>', which)
    .optionsGroup('What, and where to:')
    .requiredOption('--to <file>', 'the file to write, which nobody else may read')
    .addOption(new Option('--policy', 'the plain policies in place of a template').conflicts('forReader'))
    .option(
      '--for-reader',
      'what kinesis, kafka and s3 read, and edge send and receive, take as --grant; it holds no secret',
    )
    .addOption(heldFor())
  addTableOptions(exported).action(async (id: string, flags: Omit<ExportFlags, 'terminal' | 'id'>) =>
    (await run()).exportGrant({ ...flags, id, terminal }),
  )

  const accept = command
    .command('accept')
    .summary("take the partner's answer, try it, and have the grant active")
    .description(
      `Takes the role that the exported template has made in the partner's account, or the ARN of another. What is the partner's is tried: the role has to let you in with the
ExternalId, and not without it or with a wrong one. What is yours: the roles are written into the policies of the queue, the key and
the bucket, beside all that is there. A policy that is a stack's is not touched: the stack has to name the roles first.
Killed, the same command goes on.

Examples:
  $ causeway grant accept orders \\
      --role-arn arn:aws:iam::222222222222:role/orders-reader`,
    )
    .argument('<grant>', which)
    .optionsGroup("The partner's answer:")
    .option(
      '--role-arn <arns...>',
      'the role; of what is yours, all roles that may use it (default: the one that the exported template makes)',
    )
    .optionsGroup('What is not tried, or not minded:')
    .option('--untried', 'take its word, where the role lets in only roles of yours that you are not')
    .option('--although-open', 'accept a role that lets in whoever asks, without its ExternalId')
  addTableOptions(accept).action(async (id: string, flags: Omit<AcceptFlags, 'terminal' | 'id'>) =>
    (await run()).accept({ ...flags, id, terminal }),
  )

  const rotate = command
    .command('rotate')
    .summary('replace the ExternalId, with the partner')
    .description(
      `Does the next step of four that can be done now, and says what is waited for. Run it again at any time; when all four are done, that begins another rotation.
  1  A new ExternalId is made beside the old. The partner deploys what export writes then, with both.
  2  The role accepts the new one: it is used from now on.
  3  The partner deploys what export writes then, with the new one only.
  4  The role refuses the old one: it is forgotten.

Examples:
  $ causeway grant rotate orders
  $ causeway grant rotate orders --json`,
    )
    .argument('<grant>', which)
    .optionsGroup('How:')
    .addOption(heldFor())
    .option('--untried', "take the partner's word for what it has deployed")
  addTableOptions(rotate).action(async (id: string, flags: Omit<RotateFlags, 'terminal' | 'id'>) =>
    (await run()).rotate({ ...flags, id, terminal }),
  )

  const revoke = command
    .command('revoke')
    .summary('end a grant')
    .description(
      `Ends a grant. What is yours: takes out of the policies exactly what accept has written, and says how long AWS takes until that holds
everywhere. What is the partner's: deletes the ExternalId; the partner deletes its stack. Killed, the same command goes on.

Examples:
  $ causeway grant revoke orders
  $ causeway grant revoke invoices \\
      --role-arn arn:aws:iam::222222222222:role/invoices-sender
  $ causeway grant revoke --expired`,
    )
    .argument('[grant]', which)
    .optionsGroup('Which:')
    .option(
      '--role-arn <arns...>',
      "of what is yours: take out these roles of the partner's only, and leave the others",
    )
    .option('--expired', 'all that have ended, and have left something in a policy or a secret')
  addTableOptions(revoke).action(async (id: string | undefined, flags: Omit<RevokeFlags, 'terminal' | 'id'>) =>
    (await run()).revoke({ ...flags, ...(id && { id }), terminal }),
  )

  return command
}

const states = ['created', 'accepting', 'active', 'expired', 'revoking', 'revoked'] as const
const which = 'its id, or its name where no other that is not revoked is called so'

const heldFor = () =>
  new Option('--held-for <seconds>', 'in a rotation: how long who uses the grant may hold an ExternalId')
    .default(300)
    .argParser(parseSeconds)

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 0) return seconds
  throw new InvalidArgumentError('Expected a whole number of seconds.')
}

function parseTime(text: string): Date {
  const time = utcTime(text)
  if (time) return time
  throw new InvalidArgumentError('Expected a day or a time in UTC, such as 2027-01-01 or 2027-01-01T09:30Z.')
}
