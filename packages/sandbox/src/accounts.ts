import { readFile, writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import type { AccountName, SandboxCredentials } from './contract.ts'
import { REGION } from './region.ts'

/**
 * The ids of the two accounts.
 *
 * @example
 * ```ts
 * import { accountIds } from '@causeway-aws/sandbox'
 *
 * export const sender: string = `arn:aws:iam::${accountIds.partner}:role/orders-sender`
 * ```
 */
export const accountIds: Readonly<Record<AccountName, string>> = { home: '111111111111', partner: '222222222222' }

/**
 * The names of the two accounts, home first.
 *
 * @example
 * ```ts
 * import { type AccountName, accountNames } from '@causeway-aws/sandbox'
 *
 * export const isAccountName = (text: string): text is AccountName => accountNames.some((name) => name === text)
 * ```
 */
export const accountNames: readonly AccountName[] = ['home', 'partner']

/** The administrators' keys. */
export type Keys = Record<AccountName, AdministratorKey>

interface AdministratorKey {
  accessKeyId: string
  secretAccessKey: string
}

const key: v.GenericSchema<unknown, AdministratorKey> = v.strictObject({
  accessKeyId: v.string(),
  secretAccessKey: v.string(),
})
const keys: v.GenericSchema<unknown, Keys> = v.strictObject({ home: key, partner: key })

/** Every account's administrator is a user: what it may do is checked, unlike an account's root. */
export const ADMINISTRATOR = 'administrator'

/** The keys in the file; undefined when they are not there, or half. */
export async function readKeys(file: string): Promise<Keys | undefined> {
  try {
    return v.parse(keys, JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}

/** Makes an administrator in each account of a MiniStack that has none, and writes their keys to the file. */
export async function makeAccounts(endpoint: string, file: string): Promise<void> {
  const made: Keys = {
    home: await makeAdministrator(endpoint, 'home'),
    partner: await makeAdministrator(endpoint, 'partner'),
  }
  await writeFile(file, JSON.stringify(made, null, 2), { mode: 0o600 })
}

async function makeAdministrator(endpoint: string, account: AccountName): Promise<AdministratorKey> {
  const { AttachUserPolicyCommand, CreateAccessKeyCommand, CreateUserCommand, IAMClient } = await import(
    '@aws-sdk/client-iam'
  )
  // To MiniStack an access key id of 12 digits is that account's root, whose secret and rights it does not check. This is its only use.
  const root = { accessKeyId: accountIds[account], secretAccessKey: 'unchecked' }
  const client = new IAMClient({ endpoint, region: REGION, credentials: root })
  const user = { UserName: ADMINISTRATOR }
  await client.send(new CreateUserCommand(user))
  await client.send(new AttachUserPolicyCommand({ ...user, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' }))
  const { AccessKey } = await client.send(new CreateAccessKeyCommand(user))
  return v.parse(key, { accessKeyId: AccessKey?.AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey })
}

/** Whether MiniStack takes each key for its account's. */
export async function accountsAnswer(all: SandboxCredentials[]): Promise<boolean> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
  try {
    for (const { accountId, endpoint, region, ...credentials } of all) {
      const { Account } = await new STSClient({ endpoint, region, credentials }).send(new GetCallerIdentityCommand())
      if (Account !== accountId) return false
    }
    return true
  } catch (error) {
    if (error instanceof Error && REFUSALS.includes(error.name)) return false
    throw error
  }
}

// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
const REFUSALS = ['InvalidClientTokenId', 'SignatureDoesNotMatch']
