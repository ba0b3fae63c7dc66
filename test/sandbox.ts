import { join } from 'node:path'
import { type AccountName, openSandbox, type Sandbox } from '@causeway-aws/sandbox'
import { inject } from 'vitest'

/** The checkout under test. */
export const root: string = join(import.meta.dirname, '..')

/** Folder of the sandbox of the worker that runs this file: `CAUSEWAY_DIRECTORY` for the command line. */
export function sandboxDirectory(): string {
  const directory = inject('sandboxDirectories')[Number(process.env.VITEST_POOL_ID) - 1]
  if (directory === undefined) throw new Error(`There is no sandbox for worker ${process.env.VITEST_POOL_ID}.`)
  return directory
}

/** The sandbox of the worker that runs this file. */
export const testSandbox = (): Sandbox =>
  openSandbox({ directory: sandboxDirectory(), venv: join(root, '.venv/sandbox') })

/** The variables of an account's administrator. One that is empty there is not to be set, and nothing else is set in tests. */
export async function variablesOf(account: AccountName): Promise<Record<string, string>> {
  const variables = await testSandbox().environment(account)
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''))
}
