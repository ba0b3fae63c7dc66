import { Command, InvalidArgumentError } from 'commander'
import type { CommandContext } from '../command-context.ts'
import type { CredentialsFlags } from './credentials-run.ts'

/** `causeway credentials`: what an AWS profile names as its credential_process. */
export function credentialsCommand({ terminal }: CommandContext): Command {
  return new Command('credentials')
    .summary("an app's credentials, as an AWS profile's credential_process")
    .description(
      `Prints credentials of an app as the AWS CLI and every AWS SDK take them of a credential_process. It logs in by SRP: the password is named by
reference, and is sent to nobody. What was given is kept in a file that only you may read, and printed again until shortly before its end.

In ~/.aws/config, with the whole path of the program:
  [profile orders]
  credential_process = /usr/local/bin/causeway credentials --app orders --endpoint https://… --user-pool … --client … --user orders --password-from file:/etc/orders.password

Examples:
  $ causeway credentials --app orders --endpoint https://abcdef1234.execute-api.eu-central-2.amazonaws.com \\
      --user-pool eu-central-2_EXAMPLE --client exampleclientid --user orders --password-from env:APP_PASSWORD
  $ aws sts get-caller-identity --profile orders`,
    )
    .optionsGroup('What:')
    .requiredOption('--app <name>', 'the app')
    .option(
      '--duration <seconds>',
      'length of the session, 900 to 43200 (default: what the vendor gives)',
      parseSeconds,
    )
    .optionsGroup('Where (outputs of infra/credentials.yaml, from the app’s owner):')
    .requiredOption('--endpoint <url>', 'Endpoint')
    .requiredOption('--user-pool <id>', 'UserPoolId')
    .requiredOption('--client <id>', 'ClientId')
    .option('--tenant <name>', "where the app is one of EchoStream: its tenant; --endpoint is AppSync's then")
    .optionsGroup('As whom:')
    .requiredOption('--user <name>', 'the user that the app logs in as')
    .requiredOption(
      '--password-from <reference>',
      'where its password is: env:NAME, file:PATH, ssm:NAME, secret:ID[#key]',
    )
    .optionsGroup('What is kept:')
    .option('--no-cache', 'ask the vendor each time, and keep nothing')
    .option('--renew', 'ask the vendor, and keep that in place of what is kept, as where its session was cut')
    .action(async (flags: Omit<CredentialsFlags, 'terminal'>) => {
      const { printCredentials } = await import('./credentials-run.ts')
      await printCredentials({ ...flags, terminal })
    })
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 900 && seconds <= 43_200) return seconds
  throw new InvalidArgumentError('Expected 900 to 43200 seconds.')
}
