import { type Clock, systemClock } from '@causeway-aws/auth'
import * as labels from './labels.ts'
import { withoutSecrets } from './redacted.ts'
import { parseValue, type RotatorOf } from './rotate.ts'
import {
  type DescribedSecret,
  type ReplacedVersion,
  replacedVersions,
  type SecretVersions,
  unmarkedVersion,
  versionWith,
} from './secret-versions.ts'

/** The tag of a secret that says which rotator rotates it. */
export const rotatorTag = 'causeway:rotator'

/** What {@link retireDue} works with. */
export interface RetireOptions {
  readonly versions: SecretVersions
  readonly rotatorOf: RotatorOf
  /** Only secrets whose rotation function this is. Default: all that have the tag. */
  readonly rotatedBy?: string
  /** How long it is from one step of a retirement to the next, in milliseconds. Default: 600,000. */
  readonly grace?: number
  /** Default: this machine's clocks. */
  readonly clock?: Clock
  /** Ends it between two secrets; the next run goes on. */
  readonly signal?: AbortSignal
  /** Told of each credential that was retired, or taken a step nearer to it. */
  readonly onRetired?: (retired: Retired) => void
  /** Told of each that could not be; the others are gone on with. */
  readonly onFailed?: (failed: { secretId: string; version: string; error: Error }) => void
}

/** A credential that was replaced, and what was done with it. */
export interface Retired {
  readonly secretId: string
  readonly version: string
  readonly outcome: 'retired' | 'later'
}

/** How many there were. */
export interface RetireSummary {
  readonly retired: number
  /** Taken the first of two steps: deactivated, to be deleted. */
  readonly later: number
  /** Not due yet. */
  readonly waiting: number
  readonly failed: number
}

/**
 * Retires what rotations have replaced, once no client can hold it any more. Finds what is due by itself, from the labels of
 * the secrets that have the tag `causeway:rotator`; a run that was cut off is gone on with by the next.
 *
 * @example
 * ```ts
 * import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
 * import { password, retireDue, secretVersions } from '@causeway-aws/grants/rotation'
 *
 * const versions = secretVersions({ client: new SecretsManagerClient() })
 * export const handler = () => retireDue({ versions, rotatorOf: () => password() })
 * ```
 */
export async function retireDue(options: RetireOptions): Promise<RetireSummary> {
  const { versions, rotatedBy, clock = systemClock, signal } = options
  const count = { retired: 0, later: 0, waiting: 0, failed: 0 }
  for await (const secret of versions.list(rotatorTag)) {
    if (rotatedBy !== undefined && secret.rotatedBy !== rotatedBy) continue
    const unmarked = unmarkedVersion(secret)
    const replaced = replacedVersions(secret)
    const due = replaced.filter((version) => version.due <= clock.now())
    count.waiting += replaced.length - due.length
    for (const id of [...(unmarked === undefined ? [] : [unmarked]), ...due.map((version) => version.id)]) {
      if (signal?.aborted) return count
      try {
        const outcome = await retireVersion(secret.arn, id, options)
        if (outcome === undefined) continue
        count[outcome] += 1
        if (outcome !== 'waiting') options.onRetired?.({ secretId: secret.arn, version: id, outcome })
      } catch (error) {
        if (signal?.aborted) return count // the time is over, and nothing has failed
        count.failed += 1
        const thrown = error instanceof Error ? error : new Error(String(error))
        options.onFailed?.({ secretId: secret.arn, version: id, error: thrown })
      }
    }
  }
  return count
}

/**
 * Does with one version what is to be done now; undefined where that is nothing. What was listed may be five minutes old:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 */
async function retireVersion(
  arn: string,
  id: string,
  options: RetireOptions,
): Promise<'retired' | 'later' | 'waiting' | undefined> {
  const { versions, grace = 600_000, clock = systemClock } = options
  const secret = await versions.describe(arn)
  if (unmarkedVersion(secret) === id) {
    await versions.label(arn, labels.retireLabel(clock.now() + grace), id)
    return 'waiting'
  }
  const replaced = replacedVersions(secret).find((version) => version.id === id && version.due <= clock.now())
  return replaced && retireOne(secret, replaced, options)
}

async function retireOne(
  secret: DescribedSecret,
  { id, labels: due }: ReplacedVersion,
  { versions, rotatorOf, grace = 600_000, clock = systemClock, signal }: RetireOptions,
): Promise<'retired' | 'later'> {
  const { arn } = secret
  const currentId = versionWith(secret, labels.current) ?? ''
  const rotator = rotatorOf(secret)
  const secrets: string[] = []
  const read = async (version: string) => {
    const text = await versions.value(arn, version)
    if (text === undefined) return undefined
    const value = parseValue(rotator, text, { arn, id: version })
    secrets.push(rotator.secretOf(value))
    return value
  }
  try {
    const [replaced, current] = [await read(id), await read(currentId)]
    if (current === undefined) throw new Error(`${arn} has no AWSCURRENT, so nothing of it is taken away.`)
    const outcome =
      replaced === undefined ? 'retired' : await rotator.retire(replaced, { current, ...(signal && { signal }) })
    if (outcome === 'later') await versions.label(arn, labels.retireLabel(clock.now() + grace), id)
    else {
      // What does not work any more is nobody's previous value.
      const left = secret.versions.get(id) ?? []
      for (const other of [labels.previous, labels.made]) {
        if (left.includes(other)) await versions.unlabel(arn, other, id)
      }
    }
    for (const label of due) await versions.unlabel(arn, label, id) // at last: until then it is found again
    return outcome
  } catch (error) {
    throw withoutSecrets(error, secrets)
  }
}
