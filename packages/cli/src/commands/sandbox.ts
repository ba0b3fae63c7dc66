import type { AccountName, RunningStatus, Sandbox } from '@causeway-aws/sandbox'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { Finding } from '../exit.ts'
import { parsePort } from '../port.ts'
import type { Terminal } from '../terminal.ts'

// Written out, as the package that knows them is loaded when a command runs, not to print help.
const accountNames = Object.keys({ home: true, partner: true } satisfies Record<AccountName, true>)
const account = () => new Argument('<account>', 'whose keys').choices(accountNames)
const accountOption = () =>
  new Option('--account <account>', 'whose account').choices(accountNames).makeOptionMandatory()
const jsonOption = () => new Option('--json', 'print JSON')

/** `causeway sandbox …`: two AWS accounts on this machine. */
export function sandboxCommand({ terminal, signal }: CommandContext): Command {
  const command = new Command('sandbox').summary('two AWS accounts on this machine').description(
    `Two AWS accounts on this machine, home and partner, with access control switched on.

Examples:
  $ causeway sandbox start
  $ eval "$(causeway sandbox env partner)" && aws sts get-caller-identity`,
  )

  command
    .command('start')
    .summary('start it, or say that it runs')
    .description(
      `Starts the sandbox, or says that it runs already.

Examples:
  $ causeway sandbox start
  $ causeway sandbox start --port 4600 --keep
  $ causeway sandbox start --kafka`,
    )
    .option('--port <number>', 'port on 127.0.0.1, or "free" for any (default: 4566)', parsePort)
    .option('--keep', 'keep queues, stacks and functions over stop and start')
    .option('--kafka', "start Kafka, too, as the partner's cluster; the first time it is fetched, 64 MB")
    .addOption(jsonOption())
    .action(async (options: { port?: number | 'free'; keep?: boolean; kafka?: boolean; json?: boolean }) => {
      const { json, kafka, ...start } = options
      const chosen = await sandbox()
      const started = await chosen.start({ ...start, onProgress: terminal.note })
      const status = kafka ? { ...started, kafka: await chosen.kafka({ onProgress: terminal.note }) } : started
      if (json) terminal.printJson(status)
      else printStatus(status, terminal)
    })

  command
    .command('stop')
    .summary('stop it')
    .description(
      `Stops the sandbox. Without --keep at its start, what was in it is gone.

Examples:
  $ causeway sandbox stop
  $ causeway sandbox stop --json`,
    )
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const stopped = await (await sandbox()).stop()
      if (json) terminal.printJson({ stopped })
      else terminal.print(stopped ? 'The sandbox is stopped.' : 'No sandbox was running.')
    })

  command
    .command('status')
    .summary('what runs in it')
    .description(
      `Says whether the sandbox runs, where, and which stacks are in it. Exit code 1 when it does not run.

Examples:
  $ causeway sandbox status
  $ causeway sandbox status --json`,
    )
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      const status = await (await sandbox()).status()
      if (json) terminal.printJson(status)
      else if (status.running) printStatus(status, terminal)
      else terminal.print('No sandbox is running. Start one with `npx causeway sandbox start`.')
      if (!status.running) throw new Finding()
    })

  command
    .command('env')
    .summary("print export lines with an account's keys")
    .description(
      `Prints export lines, so that the AWS CLI, boto3, sam and any SDK work in the sandbox as an account's administrator.

Examples:
  $ eval "$(causeway sandbox env partner)"
  $ causeway sandbox env home --json`,
    )
    .addArgument(account())
    .addOption(jsonOption())
    .action(async (name: AccountName, { json }: { json?: boolean }) => {
      const variables = await (await sandbox()).environment(name).catch((error: unknown) => {
        // What is evaluated must fail too, or the next command would run with whatever credentials there are.
        if (!json) terminal.print('false')
        throw error
      })
      if (json) return terminal.printJson(variables)
      for (const [variable, value] of Object.entries(variables)) terminal.print(exportLine(variable, value))
    })

  command
    .command('deploy')
    .summary('deploy a SAM template into an account')
    .description(
      `Deploys a SAM template into an account of the sandbox. The functions of this checkout that it names are bundled first, where their
sources have changed. What the emulator does not know is left out, with a line for each.

Examples:
  $ causeway sandbox deploy infra/edge.yaml --account home --stack orders \\
      --parameter EdgeName=orders --parameter PartnerAccountId=222222222222
  $ causeway sandbox deploy infra/edge.yaml --account home --stack orders \\
      --parameter EdgeName=orders --parameter PartnerAccountId=222222222222 \\
      --parameter-from PartnerExternalIds=env:EXTERNAL_ID`,
    )
    .argument('<template>', 'a SAM or CloudFormation template')
    .addOption(accountOption())
    .requiredOption('--stack <name>', 'name of the stack')
    .option('--parameter <Name=value>', "a value for one of the template's parameters; may be given again", collect, [])
    .option(
      '--parameter-from <Name=reference>',
      'the same for a secret one, from env:NAME or file:PATH, so that it is not on the command line',
      collect,
      [],
    )
    .addOption(jsonOption())
    .action(async (template: string, options: DeployFlags) => {
      const { parseParameters } = await import('../parameters.ts')
      const parameters = await parseParameters(options.parameter, options.parameterFrom)
      const { account, stack } = options
      const { buildBundle } = await import('../build-functions.ts')
      const result = await (await sandbox()).deploy({
        template,
        account,
        stack,
        parameters,
        build: (folder) => buildBundle(folder, signal),
        onProgress: terminal.note,
      })
      if (options.json) return terminal.printJson(result)
      terminal.print(`${account}: stack ${stack} ${result.changed ? 'is deployed' : 'was up to date'}.`)
      for (const [name, value] of Object.entries(result.outputs)) terminal.print(`  ${name.padEnd(18)} ${value}`)
    })

  command
    .command('rotate')
    .summary('rotate a secret, as Secrets Manager would')
    .description(
      `Has a secret's rotation function rotate it now, as Secrets Manager would: the emulator itself never calls it. A rotation that
was begun and failed is gone on with, from its first step; --anew gives it up and begins another. Exit code 1 when a step fails.

Examples:
  $ causeway sandbox rotate causeway-demo-webhooks --account home
  $ causeway sandbox rotate causeway-demo-callbacks --account home --anew --json`,
    )
    .argument('<secret>', 'name or ARN of the secret')
    .addOption(accountOption())
    .option('--anew', 'give up what an earlier rotation has begun')
    .addOption(jsonOption())
    .action(async (secret: string, options: { account: AccountName; anew?: boolean; json?: boolean }) => {
      const { account, anew = false, json = false } = options
      const { printRotation } = await import('./sandbox-rotation-lines.ts')
      await printRotation({ secret, account, anew, json, sandbox: await sandbox(), terminal })
    })

  command
    .command('logs')
    .summary("print a function's log")
    .description(
      `Prints what a function logged.

Examples:
  $ causeway sandbox logs causeway-orders-trigger --account home
  $ causeway sandbox logs causeway-answers-trigger --account partner --follow`,
    )
    .argument('<function>', 'name of the function')
    .addOption(accountOption())
    .option('--follow', 'go on until Ctrl-C, also while the function has not run yet')
    .option('--since <minutes>', 'leave out what is older', parseMinutes)
    .option('--json', 'print one JSON document per line of the log')
    .action(async (name: string, options: { account: AccountName; follow?: boolean; since?: Date; json?: boolean }) => {
      const { json, ...rest } = options
      for await (const line of (await sandbox()).logs(name, { ...rest, signal })) {
        if (json) terminal.print(JSON.stringify(line))
        else terminal.print(`${terminal.paint('dim', line.timestamp.toISOString())} ${line.message.trimEnd()}`)
      }
    })

  command
    .command('reset')
    .summary('back to two empty accounts')
    .description(
      `Empties both accounts. Their keys stay as they are, so terminals that use them go on working.

Examples:
  $ causeway sandbox reset
  $ causeway sandbox reset --json`,
    )
    .addOption(jsonOption())
    .action(async ({ json }: { json?: boolean }) => {
      await (await sandbox()).reset()
      if (json) terminal.printJson({ reset: true })
      else terminal.print('Both accounts are empty.')
    })

  return command
}

const sandbox = async (): Promise<Sandbox> => (await import('../checkout.ts')).checkoutSandbox()

interface DeployFlags {
  account: AccountName
  stack: string
  parameter: string[]
  parameterFrom: string[]
  json?: boolean
}

function printStatus(status: RunningStatus, terminal: Terminal): void {
  terminal.print(`MiniStack ${status.version} runs at ${status.endpoint} (process ${status.pid}), access control on.`)
  for (const { name, accountId, userArn } of status.accounts) {
    terminal.print(`  ${name.padEnd(8)} ${accountId}  ${userArn}`)
  }
  for (const { account, name, status: state } of status.stacks) {
    terminal.print(`  ${account.padEnd(8)} stack ${name}  ${state}`)
  }
  if (status.kafka) {
    const { clusterArn, brokers, pid } = status.kafka
    terminal.print(`Kafka runs at ${brokers.join(', ')} (process ${pid}), as the partner's cluster ${clusterArn}`)
  }
  terminal.print('Use it: eval "$(npx causeway sandbox env partner)"; aws sts get-caller-identity')
}

/** An empty value means that the variable must not be there: one left over from elsewhere would win over ours. */
const exportLine = (name: string, value: string) =>
  value === '' ? `unset ${name}` : `export ${name}='${value.replaceAll("'", "'\\''")}'`

const collect = (value: string, previous: string[]) => [...previous, value]

function parseMinutes(text: string): Date {
  const minutes = Number(text)
  if (!(minutes > 0)) throw new InvalidArgumentError('Expected a number of minutes over 0.')
  return new Date(Math.max(0, Date.now() - minutes * 60_000)) // no Date is much older than 1970
}
