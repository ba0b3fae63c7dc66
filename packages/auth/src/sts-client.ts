import type { STSClient } from '@aws-sdk/client-sts'
import { InvalidOptions } from './options.ts'

/** What is needed of an STS client. Any copy of the SDK's will do. */
export type StsClient = Pick<STSClient, 'send' | 'config'>

const clients = new Map<string | undefined, STSClient>()

/**
 * The STS client of a region, made when first needed, once in a process; without a region, of the one that the SDK finds
 * (AWS_REGION, the profile).
 *
 * A caller waits for STS, so a connection that hangs must not: the SDK's own limits are minutes.
 */
export async function stsClient(region: string | undefined): Promise<StsClient> {
  const existing = clients.get(region)
  if (existing !== undefined) return existing
  const { STSClient } = await import('@aws-sdk/client-sts')
  const client =
    clients.get(region) ??
    new STSClient({
      ...(region !== undefined && { region }),
      requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    })
  clients.set(region, client)
  return client
}

/**
 * Refuses a client that has no region, or that uses the global endpoint, sts.amazonaws.com: its tokens are not accepted
 * in regions that an account has opted in to, and its region's bad day is everybody's.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
 */
export async function requireRegionalEndpoint({ config }: StsClient, { given }: { given: boolean }): Promise<void> {
  const region = await config.region().catch(() => {
    throw new InvalidOptions(
      given
        ? 'assumedRole: sts has no region; make the client for one, or set AWS_REGION.'
        : 'assumedRole: no region is known; set AWS_REGION, or the option region.',
    )
  })
  const { useGlobalEndpoint } = config
  const global = typeof useGlobalEndpoint === 'function' ? await useGlobalEndpoint() : useGlobalEndpoint
  if (global === true || region === 'aws-global') {
    throw new InvalidOptions(
      given
        ? 'assumedRole: sts uses the global endpoint; make the client for a region instead.'
        : 'assumedRole: the region found is aws-global, the global endpoint; set AWS_REGION to a region, or the option region.',
    )
  }
}
