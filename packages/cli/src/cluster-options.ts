import type { BrokerEndpoints } from '@causeway-aws/readers/kafka'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { ReaderFlags } from './reader-options.ts'

/** The flags that say which cluster. */
export interface ClusterFlags extends ReaderFlags {
  brokers?: string[]
  cluster?: string
  endpoints: BrokerEndpoints
  ca?: string
}

/** Adds them to a command. */
export function addClusterOptions(command: Command): Command {
  return command
    .optionsGroup('Which cluster:')
    .option('--brokers <list>', 'its brokers: NAME:PORT,NAME:PORT (default: those of the grant)', parseBrokers)
    .option('--cluster <arn>', 'its ARN, by which MSK is asked for its brokers (kafka:GetBootstrapBrokers)')
    .addOption(
      new Option('--endpoints <which>', 'which of these, where MSK is asked')
        .choices(['private', 'public', 'multi-vpc'] satisfies BrokerEndpoints[])
        .default('private'),
    )
    .option('--ca <file>', 'PEM file of who signed their certificates (default: whom Node trusts, which holds for MSK)')
}

function parseBrokers(text: string): string[] {
  const brokers = text.split(',')
  if (brokers.every(isBroker)) return brokers
  throw new InvalidArgumentError('Expected NAME:PORT,NAME:PORT.')
}

function isBroker(text: string): boolean {
  const [, port] = /^[\w.-]+:(\d{1,5})$/.exec(text) ?? []
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535
}
