import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import {
  type AssumedSession,
  assumedRole,
  CausewayError,
  explainDenied,
  secret,
  withoutTokens,
} from '@causeway-aws/auth'
import { clientLimits } from '../request-limits.ts'

/** What to try. */
export interface DoctorFlags {
  roleArn: string
  externalIdFrom?: string
  duration: number
  region?: string
}

/** What `doctor` found out. */
export interface Diagnosis {
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

/** Assumes the role as whoever one is now. */
export async function diagnose({ roleArn, externalIdFrom, duration, region }: DoctorFlags): Promise<Diagnosis> {
  const sts = new STSClient({ ...clientLimits, ...(region && { region }) })
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
  const sent = externalId ? { length: (await externalId.value()).length, reference: externalId.reference } : null
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
      externalId: sent,
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
