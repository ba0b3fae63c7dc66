import { join } from 'node:path'
import { type AccountName, openSandbox, type Sandbox } from '@causeway-aws/sandbox'
import { inject } from 'vitest'

/** The checkout under test. */
export const root: string = join(import.meta.dirname, '..')

/** The sandbox that sandbox.setup.ts started. */
export const testSandbox = (): Sandbox =>
  openSandbox({ directory: inject('sandboxDirectory'), venv: join(root, '.venv/sandbox') })

/** The variables of an account's administrator. One that is empty there is not to be set, and nothing else is set in tests. */
export async function variablesOf(account: AccountName): Promise<Record<string, string>> {
  const variables = await testSandbox().environment(account)
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
}
