import { type Command, Option } from 'commander'
import { defaultTable } from './default-table.ts'

/** The flags that say where grants and apps are kept, and how what is there is printed. */
export interface TableFlags {
  table: string
  region?: string
  json?: boolean
}

/** Adds them to a command. */
export function addTableOptions(command: Command): Command {
  return command
    .optionsGroup('Where it is kept:')
    .addOption(
      new Option('--table <name>', 'the table of grants and apps, in your own account')
        .env('CAUSEWAY_GRANTS_TABLE')
        .default(defaultTable),
    )
    .addOption(new Option('--region <region>', 'AWS region').env('AWS_REGION'))
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document')
}
