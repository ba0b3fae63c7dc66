import { type AssumedSession, assumeRole } from './assume-role.ts'
import { type AssumedRoleOptions, type Identity, parseAssumedRole } from './assumed-role-options.ts'
import { checkExternalId } from './external-id.ts'
import { notify } from './notify.ts'
import { RecentlyUsed } from './recently-used.ts'
import { type CredentialProvider, refreshing } from './refreshing.ts'
import { secretKey } from './secret.ts'
import { requireRegionalEndpoint, type StsClient, stsClient } from './sts-client.ts'
import { emitWarning, type OnWarning } from './warning.ts'

interface Listeners {
  onWarning: OnWarning
  onSession: (session: AssumedSession) => void
}

interface SharedIdentity {
  provider: CredentialProvider
  listeners: Listeners
}

const SHARED_IDENTITIES = 1_000

/** What is shared, by the STS client: another client may have other credentials, and so make other sessions. */
const shared = new WeakMap<object, RecentlyUsed<SharedIdentity>>()
const ownClients = {}

/**
 * Credentials of a role in another account: assumed when first needed, renewed before they end, shared by all who ask
 * for the same identity.
 *
 * Callers that ask for the same identity (all options but the two listeners; `sts` by the client itself) get the same
 * provider and so the same session; of each listener, the latest that was given is told. A {@link Secret} is the same by
 * its reference, one with options of its own only by being the same object. The 1,000 identities used last are shared.
 *
 * Only regional STS endpoints are used.
 *
 * @returns A provider for the `credentials` of any AWS SDK client. It rejects with {@link AssumeRoleDenied},
 * {@link RootCannotAssumeRole}, {@link ChainedSessionTooLong}, {@link CallerSessionExpired},
 * {@link PackedPolicyTooLarge}, {@link AssumeRoleFailed}, {@link SecretUnavailable} or {@link InvalidOptions}.
 * @throws {InvalidOptions} at once, for an option that is missing, unknown or wrong.
 * @throws {SessionPolicyTooLarge} at once, over 2,048 characters of policy and managed policies.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 *
 * @example
 * ```ts
 * import { assumedRole, policies, secret } from '@causeway-aws/auth'
 *
 * export const partner = assumedRole({
 *   roleArn: 'arn:aws:iam::222222222222:role/orders-reader',
 *   externalId: secret('env:EXTERNAL_ID'),
 *   policy: policies.kinesisRead('arn:aws:kinesis:eu-west-1:222222222222:stream/orders'),
 *   sessionName: 'causeway-orders-reader',
 * })
 * ```
 */
export function assumedRole(options: AssumedRoleOptions): CredentialProvider {
  const { identity, sts, listeners: given } = parseAssumedRole(options)
  const owner = sts ?? ownClients
  const identities = shared.get(owner) ?? new RecentlyUsed(SHARED_IDENTITIES)
  shared.set(owner, identities)

  const { provider, listeners } = identities.get(keyOf(identity), () => {
    const listeners: Listeners = { onWarning: emitWarning, onSession: () => {}, ...given }
    if (identity.duration < 1_800) notify(listeners.onWarning, shortSession(identity))
    return { listeners, provider: sessions(identity, sts, listeners) }
  })
  Object.assign(listeners, given)
  return provider
}

function keyOf(identity: Identity): string {
  const { externalId } = identity
  return JSON.stringify({
    ...identity,
    externalId: typeof externalId === 'object' ? { secret: secretKey(externalId) } : externalId,
  })
}

function sessions(identity: Identity, sts: StsClient | undefined, listeners: Listeners): CredentialProvider {
  const assume: CredentialProvider = async () => {
    const { externalId } = identity
    const request = {
      ...identity,
      externalId: typeof externalId === 'object' ? await checkExternalId(externalId) : externalId,
    }
    const client = sts ?? (await stsClient(identity.region))
    await requireRegionalEndpoint(client, { given: sts !== undefined })
    return assumeRole(client, request, (session) => listeners.onSession(session))
  }
  return refreshing(assume, { onWarning: (warning) => listeners.onWarning(warning) })
}

function shortSession({ roleArn, duration }: Identity): { code: string; message: string } {
  // botocore renews from 15 minutes before the end, the SDK for JavaScript from 5:
  // https://github.com/boto/botocore/blob/develop/botocore/credentials.py (_DEFAULT_ADVISORY_REFRESH_TIMEOUT)
  const message =
    `Sessions of ${roleArn} last ${duration} s; some AWS SDKs renew credentials 900 s before their end, ` +
    'so they ask for these at every use. Ask for 1800 s or more.'
  return { code: 'ShortSession', message }
}
