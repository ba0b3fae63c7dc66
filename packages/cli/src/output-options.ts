import { type Command, Option } from 'commander'
import type { RecordOutput } from './record-output.ts'

/** The flags of how records are printed. */
export interface OutputFlags {
  output?: RecordOutput
  json?: boolean
}

/** Adds them to a command. */
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
export const outputOf = ({ output, json }: OutputFlags): RecordOutput =>
  output ?? (process.stdout.isTTY && !json ? 'table' : 'ndjson')
