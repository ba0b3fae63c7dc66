import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RecordOutput } from './record-output.ts'
import { utcTime } from './utc-time.ts'
import { parseWhole } from './whole.ts'

/** Where reading begins that has no checkpoint. */
export type ReadFrom = 'earliest' | 'latest' | Date | { readonly position: string }

/** Where checkpoints are kept. */
export interface CheckpointPlace {
  readonly kind: 'file' | 'table'
  readonly name: string
}

/** The flags of how far is read, and of how that is printed. */
export interface ReadFlags {
  from: ReadFrom
  follow?: boolean
  limit?: number
  output?: RecordOutput
  json?: boolean
}

/** The flags of what becomes of records that cannot be read. */
export interface FailureFlags {
  errorsTo?: string
  errorsAs: 'own' | 'role'
}

/** Adds from where and how far is read. */
export function addReadOptions(command: Command, from: Option): Command {
  return command
    .optionsGroup('From where, and how far:')
    .addOption(from.default('earliest').argParser(parseFrom))
    .option('--follow', 'go on with what comes, until Ctrl-C (default: end when there is nothing more now)')
    .option('--limit <number>', 'end after so many records', parseWhole)
}

/** Adds where it is kept how far was read. */
export const checkpointOption = (): Option =>
  new Option(
    '--checkpoint <place>',
    'keep how far it came, and go on from there next time: file:PATH, or table:NAME of DynamoDB, by your own credentials',
  ).argParser(parsePlace)

/** Adds what becomes of records that cannot be read. */
export function addFailureOptions(command: Command): Command {
  return command
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
}

/** Adds how records are printed. */
export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(
      new Option('--output <form>', 'how records are printed (default: a table on a terminal, else ndjson)').choices([
        'ndjson',
        'raw',
        'table',
      ]),
    )
    .addOption(new Option('--json', 'the same as --output ndjson').conflicts('output'))
}

/** The form that the flags say, or what suits who reads it. */
export const outputOf = ({ output, json }: Pick<ReadFlags, 'output' | 'json'>): RecordOutput =>
  output ?? (process.stdout.isTTY && !json ? 'table' : 'ndjson')

/** The flag of where reading begins. */
export function parseFrom(text: string): ReadFrom {
  if (text === 'earliest' || text === 'latest') return text
  if (/^\d+(\/\d+)?$/.test(text)) return { position: text }
  const time = utcTime(text)
  if (!time) {
    throw new InvalidArgumentError('Expected earliest, latest, or a time in UTC, such as 2026-11-22T09:30Z.')
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
  if (/^(https?:\/\/|s3:\/\/[a-z\d]|arn:aws[\w-]*:kinesis:)/.test(text)) return text
  throw new InvalidArgumentError("Expected an edge's queue URL, s3://BUCKET/PREFIX or the ARN of a stream.")
}
