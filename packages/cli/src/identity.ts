import { type Command, Option } from 'commander'

/** The flags that say who a command is in the other account. */
export interface IdentityFlags {
  roleArn?: string
  externalIdFrom?: string
  region?: string
}

/** Adds them to a command. The ExternalId is named, not given: an argument list can be read by every process of the machine. */
export function addIdentityOptions(command: Command): Command {
  return command
    .optionsGroup('Who you are:')
    .option('--role-arn <arn>', 'a role to assume first (default: your own credentials)')
    .option('--external-id-from <reference>', 'where its ExternalId is: env:NAME, file:PATH, ssm:NAME, secret:ID[#key]')
    .addOption(new Option('--region <region>', 'AWS region').env('AWS_REGION'))
}
