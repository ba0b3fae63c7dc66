import { accountIds, accountNames, type Keys } from './accounts.ts'
import type { AccountName, SandboxCredentials } from './contract.ts'
import { REGION } from './region.ts'

/** The administrator's credentials, and where they are good. */
export function credentialsOf(endpoint: string, keys: Keys, account: AccountName): SandboxCredentials {
  return { endpoint, region: REGION, accountId: accountIds[account], ...keys[account] }
}

export function allCredentials(endpoint: string, keys: Keys): SandboxCredentials[] {
  return accountNames.map((account) => credentialsOf(endpoint, keys, account))
}

/** Variables that make any AWS SDK and the AWS CLI work as the administrator; those that are empty here must be unset. */
export function environmentOf(credentials: SandboxCredentials): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: credentials.endpoint,
    AWS_REGION: credentials.region,
    AWS_DEFAULT_REGION: credentials.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    // Each of these would take precedence over the above.
    AWS_SESSION_TOKEN: '',
    AWS_PROFILE: '',
    AWS_DEFAULT_PROFILE: '',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '',
  }
}

/** What an AWS SDK client is made with. */
export function clientOptions({ endpoint, region, accessKeyId, secretAccessKey }: SandboxCredentials): ClientOptions {
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
}

export interface ClientOptions {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}
