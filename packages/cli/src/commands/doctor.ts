import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { Finding } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import type { Diagnosis, DoctorFlags } from './doctor-diagnose.ts'

/** `causeway doctor`: tries a role and explains a denial. */
export function doctorCommand({ terminal }: CommandContext): Command {
  return new Command('doctor')
    .summary('try a role, and explain a denial')
    .description(
      `Assumes a role as you are now, and when that is denied says what is likely to be the reason, and what is not.
Exit code 1 when it is refused, or when anything else is wrong, which is said in a sentence.

Examples:
  $ causeway doctor \\
      --role-arn arn:aws:iam::111111111111:role/causeway-orders-sender
  $ causeway doctor \\
      --role-arn arn:aws:iam::111111111111:role/causeway-orders-sender \\
      --external-id-from file:.causeway/orders.external-id`,
    )
    .optionsGroup('What to try:')
    .requiredOption('--role-arn <arn>', 'the role to assume')
    .option('--external-id-from <reference>', 'where its ExternalId is: env:NAME, file:PATH, ssm:NAME, secret:ID[#key]')
    .option('--duration <seconds>', 'length of the session to ask for, 900 to 43200', parseSeconds, 3600)
    .addOption(new Option('--region <region>', 'AWS region of the STS endpoint').env('AWS_REGION'))
    .optionsGroup('Output:')
    .option('--json', 'print one JSON document')
    .action(async (flags: DoctorFlags & { json?: boolean }) => {
      const { diagnose } = await import('./doctor-diagnose.ts')
      const diagnosis = await diagnose(flags)
      if (flags.json) terminal.printJson(diagnosis)
      else print(diagnosis, terminal)
      if (diagnosis.refused) throw new Finding()
    })
}

function print({ roleArn, caller, session, refused }: Diagnosis, { print: line, paint }: Terminal): void {
  line(`AssumeRole  ${roleArn}${caller ? `   as ${caller}` : ''}`)
  if (session) line(`${paint('green', 'granted')}     ${session.arn}, until ${session.expiration}`)
  if (!refused) return
  line(`${paint('red', 'refused')}     ${refused.error}: ${refused.message}`)
  line()
  line(refused.likely.length === 1 ? 'The cause:' : 'Most likely, in this order:')
  for (const [index, { because, remedy }] of refused.likely.entries()) {
    line(`  ${String(index + 1).padEnd(2)} ${because} ${remedy}`)
  }
  if (refused.ruledOut.length > 0) {
    line(`Not the cause: ${refused.ruledOut.map(({ cause, because }) => `${cause} (${because})`).join(', ')}.`)
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200) {
    throw new InvalidArgumentError('Expected 900 to 43200 seconds.')
  }
  return seconds
}
