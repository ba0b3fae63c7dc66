import { utcTime } from '@causeway-aws/readers/utc-time'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { UsageError } from '../exit.ts'
import { addIdentityOptions, type IdentityFlags } from '../identity.ts'

/** `causeway audit …`: what nodes have put on record. What talks to AWS is loaded when a command runs, not to print help. */
export function auditCommand({ terminal, signal }: CommandContext): Command {
  const command = new Command('audit').summary('what was done with messages: verify, trace').description(
    `The records that nodes keep of their messages, in a bucket. Nothing is written.

Examples:
  $ causeway audit verify --bucket example-audit --public-key audit.pem
  $ causeway audit trace 3a3116b330c347490ca64751cf2315bf --bucket example-audit`,
  )

  const verify = command
    .command('verify')
    .summary('find what was changed, removed or added')
    .description(
      `Verifies an audit: every digest's signature, every object's place in its chain, every record. Prints a line for each
thing that is wrong, then a sentence with what was verified. Exit code 0 when all holds, 1 when something is wrong.

Whose signature is believed is yours to say. Keep the key where nobody can change it who can change the bucket:
  $ aws kms get-public-key --key-id KEY --query PublicKey --output text \\
      | base64 -d | openssl ec -pubin -inform DER -out audit.pem

Examples:
  $ causeway audit verify --bucket example-audit --public-key audit.pem
  $ causeway audit verify --bucket example-audit --public-key audit.pem \\
      --from 2026-11-01 --to 2026-11-07T12:00Z --json`,
    )
    .optionsGroup('What to verify:')
    .requiredOption('--bucket <name>', 'the bucket that the audit is in')
    .option('--prefix <path>', 'what its keys begin with, up to a slash')
    .option('--bucket-owner <account>', 'the account that has to own the bucket')
    .option('--from <time>', 'only what was written in the hour of this time or later (UTC)', parseTime)
    .option('--to <time>', 'only what was written in the hour of this time or earlier (UTC)', parseTime)
    .optionsGroup('Whose signature is believed:')
    .option('--public-key <files...>', 'public keys, in PEM: the present one, and those before it')
    .option(
      '--key <arns...>',
      'KMS keys to ask for theirs; whoever may change the bucket should not be able to change these',
    )
  addIdentityOptions(verify)
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document')
    .action(async (flags: VerifyFlags) => {
      if (flags.publicKey === undefined && flags.key === undefined) {
        throw new UsageError(
          'audit verify: say whose signature is believed, by --public-key FILE or --key ARN. Example: causeway audit verify --bucket example-audit --public-key audit.pem',
        )
      }
      refuseEmpty('verify', flags)
      const { verify } = await import('./audit-verify.ts')
      await verify({ ...flags, terminal, signal })
    })

  const trace = command
    .command('trace')
    .summary("draw a message's way through the nodes")
    .description(
      `Finds the records of a message, of those that it came from and of all that came from it, and draws them as a tree:
time, sender -> node, type, outcome. How a role's session calls itself, which is the sender's own word, is in quotes.
An audit has no index: everything of the time is read. What could not be read is named, and the command ends with 1.

Examples:
  $ causeway audit trace 3a3116b330c347490ca64751cf2315bf --bucket example-audit
  $ causeway audit trace 3a3116b330c347490ca64751cf2315bf \\
      --bucket example-audit partner-audit --from 2026-11-22T09:00Z`,
    )
    .argument('<id>', "the message's tracking id, 32 hex digits", parseTrackingId)
    .optionsGroup('Where to look:')
    .requiredOption('--bucket <names...>', 'the buckets of the nodes that it may have passed')
    .option('--prefix <paths...>', 'what keys begin with, up to a slash, in each of the buckets')
    .addOption(
      new Option('--from <time>', 'from the hour of this time (UTC)')
        .argParser(parseTime)
        .default(yesterday(), 'a day ago'),
    )
    .option('--to <time>', 'to the hour of this time (UTC)', parseTime)
  addIdentityOptions(trace)
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document')
    .action(async (id: string, flags: TraceFlags) => {
      refuseEmpty('trace', flags)
      const { trace } = await import('./audit-trace.ts')
      await trace({ ...flags, id, terminal, signal })
    })

  return command
}

export interface VerifyFlags extends IdentityFlags {
  bucket: string
  prefix?: string
  bucketOwner?: string
  from?: Date
  to?: Date
  publicKey?: string[]
  key?: string[]
  json?: boolean
}

export interface TraceFlags extends IdentityFlags {
  bucket: string[]
  prefix?: string[]
  from: Date
  to?: Date
  json?: boolean
}

function refuseEmpty(command: string, { from, to }: { readonly from?: Date; readonly to?: Date }): void {
  if (from === undefined) return
  // The hour that it is in may have begun.
  if (from.getTime() - (from.getTime() % 3_600_000) > Date.now()) {
    throw new UsageError(`audit ${command}: --from ${from.toISOString()} is still to come; nothing is recorded then.`)
  }
  if (to !== undefined && from > to) {
    throw new UsageError(
      `audit ${command}: --from ${from.toISOString()} is after --to ${to.toISOString()}; nothing lies between them.`,
    )
  }
}

function parseTrackingId(text: string): string {
  if (/^[0-9a-f]{32}$/.test(text)) return text
  throw new InvalidArgumentError('Expected the 32 hex digits, in lower case, that edge send prints first of a message.')
}

const yesterday = () => new Date(Date.now() - 86_400_000)

function parseTime(text: string): Date {
  const time = utcTime(text)
  if (time) return time
  throw new InvalidArgumentError('Expected a day or a time in UTC, such as 2026-11-22 or 2026-11-22T09:30Z.')
}
