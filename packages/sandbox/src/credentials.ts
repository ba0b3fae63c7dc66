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

/**
 * Variables that make any AWS SDK and the AWS CLI work as the administrator; those that are empty here must be unset.
 *
 * @param inherited Where they are going to be set. A service's own endpoint in it would win over the sandbox's.
 */
export function environmentOf(
  credentials: SandboxCredentials,
  inherited: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const endpoints = Object.keys(inherited).filter((name) => name.startsWith('AWS_ENDPOINT_URL_'))
  return {
    ...Object.fromEntries(endpoints.map((name) => [name, ''])),
    AWS_ENDPOINT_URL: credentials.endpoint,
    AWS_REGION: credentials.region,
    AWS_DEFAULT_REGION: credentials.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    // With any of these, one SDK or another would take something else, or add it.
    AWS_SESSION_TOKEN: '',
    AWS_SECURITY_TOKEN: '',
    AWS_CREDENTIAL_EXPIRATION: '',
    AWS_USE_FIPS_ENDPOINT: '',
    AWS_USE_DUALSTACK_ENDPOINT: '',
    AWS_PROFILE: '',
    AWS_DEFAULT_PROFILE: '',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '',
  }
}

/** What a client of the AWS SDK for JavaScript is made with. */
export interface ClientOptions {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

/**
 * The options of any AWS SDK client that works as an account's administrator in the sandbox.
 *
 * @example
 * ```ts
 * import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
 * import { clientOptions, openSandbox } from '@causeway-aws/sandbox'
 *
 * const sandbox = openSandbox({ directory: process.cwd() })
 * const sqs = new SQSClient(clientOptions(await sandbox.credentials('home')))
 * const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand())
 * process.stdout.write(`${QueueUrls.length} queues in home\n`)
 * ```
 */
export function clientOptions({ endpoint, region, accessKeyId, secretAccessKey }: SandboxCredentials): ClientOptions {
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
}
