import { utcTime } from '@causeway-aws/readers/utc-time'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { UsageError } from './exit.ts'
import { addOutputOptions, type OutputFlags } from './output-options.ts'
import { addReaderOptions, type ReaderFlags } from './reader-options.ts'
import type { ProgressKind } from './reading-progress.ts'
import { parseWhole } from './whole.ts'

/** What a command reads, in its own words. */
export interface ReadSubject {
  /** Its name: `kinesis read`. */
  readonly command: string
  /** What one of the partitions is called, and several are. */
  readonly partition: string
  readonly partitions: string
  /** The flag that says which of them are read: `--shard <ids...>`. */
  readonly only: string
  /** Where it begins that has no checkpoint. */
  readonly from: string
  /** What a position of a partition is. */
  readonly position: RegExp
  /** What to say to `--checkpoint`, where the source keeps by itself how far it was read. */
  readonly keepsItself?: string
}

/** Where reading begins that has no checkpoint. */
export type ReadFrom = 'earliest' | 'latest' | Date | { readonly position: string }

/** Where checkpoints are kept. */
export interface CheckpointPlace {
  readonly kind: 'file' | 'table'
  readonly name: string
}

/** The flags that all have which read. */
export interface ReadFlags extends ReaderFlags, OutputFlags {
  from: ReadFrom
  follow?: boolean
  limit?: number
  checkpoint?: CheckpointPlace
  errorsTo?: string
  errorsAs: 'own' | 'role'
  progress?: ProgressKind
}

/** Adds all of them to a command, and has what was given checked before the command runs. */
export function addReadOptions(command: Command, subject: ReadSubject): Command {
  const { partition, partitions, only, keepsItself } = subject
  const checkpoint = new Option(
    '--checkpoint <place>',
    'keep how far it came, and go on from there next time: file:PATH, or table:NAME of DynamoDB, by your own credentials',
  )
  command
    .optionsGroup('Which:')
    .option(only, `these ${partitions} only`)
    .optionsGroup('From where, and how far:')
    .addOption(fromOption(subject))
    .option('--follow', 'go on with what comes, until Ctrl-C (default: end when there is nothing more now)')
    .option('--limit <number>', 'end after so many records', parseWhole)
    .addOption(keepsItself === undefined ? checkpoint.argParser(parsePlace) : checkpoint.hideHelp())
    .optionsGroup('Records that cannot be read:')
    .option(
      '--errors-to <destination>',
      "where they go: an edge's queue URL, s3://BUCKET/PREFIX or a stream's ARN (default: reading ends there)",
      parseDestination,
    )
    .addOption(
      new Option('--errors-as <who>', 'who sends them there: your own credentials, or those of the role')
        .choices(['own', 'role'])
        .default('own'),
    )
  return addOutputOptions(addReaderOptions(command))
    .addOption(
      new Option(
        '--progress <of>',
        `say on standard error how far it is, every two seconds: of all, or of each ${partition} (default: total, for a person whose records go elsewhere)`,
      ).choices(['off', 'total', 'each'] satisfies ProgressKind[]),
    )
    .hook('preAction', () => check(command, subject))
}

/** The flag of where reading begins. */
export function fromOption({ from, position }: Pick<ReadSubject, 'from' | 'position'>): Option {
  return new Option('--from <where>', from).default('earliest').argParser((text) => parseFrom(text, position))
}

/** The partitions that the flag of a subject says; undefined where all are meant. */
export function onlyOf(command: Command, { only }: Pick<ReadSubject, 'only'>): readonly string[] | undefined {
  return command.getOptionValue(new Option(only).attributeName())
}

export const isPosition = (from: ReadFrom): from is { readonly position: string } =>
  typeof from === 'object' && 'position' in from

/** What is wrong with flags that are good one by one. */
function check(command: Command, subject: ReadSubject): void {
  const { from, follow, checkpoint, errorsTo, errorsAs, roleArn, grant } = command.opts<ReadFlags>()
  const { command: name, partition, only, keepsItself } = subject
  if (checkpoint !== undefined && keepsItself !== undefined) throw new UsageError(`${name}: ${keepsItself}`)
  if (isPosition(from) && onlyOf(command, subject)?.length !== 1) {
    const flag = only.replace(/^(\S+) <(\w+?)s?\.\.\.>$/, (_, flag, value: string) => `${flag} ${value.toUpperCase()}`)
    throw new UsageError(`${name}: --from POSITION is of one ${partition}; say which by ${flag}.`)
  }
  if (from === 'latest' && !follow && checkpoint === undefined && keepsItself === undefined) {
    throw new UsageError(
      '--from latest: nothing comes after now. Add --follow, or --checkpoint to begin here the next time.',
    )
  }
  if (errorsTo === undefined && command.getOptionValueSource('errorsAs') === 'cli') {
    throw new UsageError('--errors-as: it says who sends records to --errors-to. Add that, or leave this out.')
  }
  if (errorsAs === 'role' && roleArn === undefined && grant === undefined) {
    throw new UsageError('--errors-as role: there is no role. Add --role-arn or --grant.')
  }
}

function parseFrom(text: string, position: RegExp): ReadFrom {
  if (text === 'earliest' || text === 'latest') return text
  if (position.test(text)) return { position: text }
  const time = utcTime(text)
  if (!time) {
    throw new InvalidArgumentError('Expected earliest, latest, a time in UTC as 2026-11-22T09:30Z, or a position.')
  }
  if (time.getTime() > Date.now()) throw new InvalidArgumentError('That is still to come; nothing is to be read then.')
  return time
}

function parsePlace(text: string): CheckpointPlace {
  const [, kind, name] = /^(file|table):(.+)$/.exec(text) ?? []
  if (kind === undefined || name === undefined) {
    throw new InvalidArgumentError('Expected file:PATH or table:NAME. Example: file:orders.checkpoint')
  }
  return { kind: kind as CheckpointPlace['kind'], name }
}

function parseDestination(text: string): string {
  if (destinations.some((pattern) => pattern.test(text))) return text
  throw new InvalidArgumentError(
    "Expected an edge's queue URL, as https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo, s3://BUCKET/PREFIX or the ARN of a stream.",
  )
}

/** A queue, a bucket, a stream. What they are is known by packages that are not loaded to print help. */
const destinations = [
  /^https?:\/\/[\w.:[\]-]+\/\d{12}\/[\w-]{1,80}(\.fifo)?$/,
  /^s3:\/\/[a-z\d][a-z\d.-]{1,61}[a-z\d](\/.*)?$/,
  /^arn:aws[a-z-]*:kinesis:[a-z\d-]+:\d{12}:stream\/[\w.-]{1,128}$/,
]
