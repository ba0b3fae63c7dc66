import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { appCommand } from './commands/app.ts'
import { auditCommand } from './commands/audit.ts'
import { credentialsCommand } from './commands/credentials.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { edgeCommand } from './commands/edge.ts'
import { grantCommand } from './commands/grant.ts'
import { kafkaCommand } from './commands/kafka.ts'
import { kinesisCommand } from './commands/kinesis.ts'
import { s3Command } from './commands/s3.ts'
import { sandboxCommand } from './commands/sandbox.ts'
import { ticketCommand } from './commands/ticket.ts'
import { helpText } from './help-text.ts'

/** The whole command line: one noun, one verb. */
export async function makeProgram(context: CommandContext): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const program = new Command('causeway')
    .description(
      `Events and data between two AWS accounts that do not trust each other.

Examples:
  $ causeway demo
  $ causeway sandbox start
  $ causeway edge send answers.fifo "order 1001" --type order`,
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(add --help to see how it is used)')
    .configureHelp(helpText)
  // Made before the others are added, since a command copies its parent's settings when it is made by `command()` only.
  for (const make of [
    demoCommand,
    sandboxCommand,
    edgeCommand,
    kinesisCommand,
    kafkaCommand,
    s3Command,
    grantCommand,
    appCommand,
    credentialsCommand,
    ticketCommand,
    auditCommand,
    doctorCommand,
  ]) {
    program.addCommand(inheritSettings(make(context), program))
  }
  await addCompletion(program)
  return program
}

function inheritSettings(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent)
  lookForUnknownFirst(command)
  for (const child of command.commands) inheritSettings(child, command)
  return command
}

/** Commander looks for missing options before unknown ones, so one that is mistyped would be called missing. */
function lookForUnknownFirst(command: Command): void {
  const parse = command.parseOptions.bind(command)
  command.parseOptions = (args) => {
    const parsed = parse(args)
    if (parsed.unknown.length > 0) for (const option of command.options) option.mandatory = false
    return parsed
  }
}

/**
 * The shells are given each command's description, and expand what they are given: it has to be one plain line, without
 * the examples. The library reads the descriptions when it is called.
 */
async function addCompletion(program: Command): Promise<void> {
  const { default: complete } = await import('@bomb.sh/tab/commander')
  const described = [program, ...program.commands.flatMap((command) => [command, ...command.commands])].map(
    (command) => ({ command, description: command.description() }),
  )
  for (const { command, description } of described) {
    command.description(command.summary() || (description.split('\n')[0] ?? ''))
  }
  complete(program)
  for (const { command, description } of described) command.description(description)
}
