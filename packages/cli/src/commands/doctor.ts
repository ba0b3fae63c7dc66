import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import {
  type AssumedSession,
  assumedRole,
  CausewayError,
  explainDenied,
  secret,
  withoutTokens,
} from '@causeway-aws/auth'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { Finding } from '../exit.ts'
import type { Terminal } from '../terminal.ts'

interface DoctorFlags {
  roleArn: string
  externalIdFrom?: string
  duration: number
  region?: string
  json?: boolean
}

/** What `doctor` found out. */
interface Diagnosis {
  roleArn: string
  /** Left out when STS did not even say who asks. */
  caller?: string
  session?: { arn: string; expiration: string }
  refused?: { error: string; message: string; likely: Likely[]; ruledOut: { cause: string; because: string }[] }
}

interface Likely {
  cause: string
  because: string
  remedy: string
}

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
    .action(async (flags: DoctorFlags) => {
      const diagnosis = await diagnose(flags)
      if (flags.json) terminal.printJson(diagnosis)
      else print(diagnosis, terminal)
      if (diagnosis.refused) throw new Finding()
    })
}

async function diagnose({ roleArn, externalIdFrom, duration, region }: DoctorFlags): Promise<Diagnosis> {
  const sts = new STSClient({ ...(region && { region }) })
  const clockSkew = watchClock(sts)
  const externalId = externalIdFrom === undefined ? undefined : secret(externalIdFrom)
  let session: AssumedSession | undefined
  const provider = assumedRole({
    roleArn,
    duration,
    sts,
    sessionName: 'causeway-doctor',
    onSession: (given) => {
      session = given
    },
    ...(externalId && { externalId }),
  })
  const length = (await externalId?.value())?.length
  let caller: string | undefined
  try {
    caller = (await sts.send(new GetCallerIdentityCommand({}))).Arn
    const { expiration } = await provider()
    return {
      roleArn,
      ...(caller && { caller }),
      session: { arn: session?.sessionArn ?? '', expiration: expiration?.toISOString() ?? '' },
    }
  } catch (error) {
    const explanation = explainDenied(error, {
      resource: roleArn,
      duration,
      clockSkew: clockSkew(),
      ...(caller && { caller }),
      ...(externalIdFrom !== undefined &&
        length !== undefined && { externalId: { length, reference: externalIdFrom } }),
    })
    // What is no denial says itself what it is: throttling, a duration that is too long.
    if (explanation === undefined || !(error instanceof Error)) throw error
    const { name, message } = error instanceof CausewayError && error.cause instanceof Error ? error.cause : error
    return {
      roleArn,
      ...(caller && { caller }),
      refused: {
        error: name,
        // Below the first line AWS repeats all that was signed.
        message: withoutTokens(message).replace(/\n.*$/s, ''),
        likely: [...explanation.likely],
        ruledOut: [...explanation.ruledOut],
      },
    }
  }
}

/** How far the clocks are apart in seconds, by the Date header of the latest answer, be it a refusal. */
function watchClock(sts: STSClient): () => number {
  let skew = 0
  sts.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { headers } = result.response as { headers?: Record<string, string> }
      const answered = Date.parse(headers?.date ?? '')
      if (!Number.isNaN(answered)) skew = Math.round((Date.now() - answered) / 1000)
      return result
    },
    { step: 'deserialize', name: 'clockSkew' },
  )
  return () => skew
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
