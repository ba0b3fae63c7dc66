import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSandbox, type Sandbox } from '@causeway-aws/sandbox'
import { UsageError } from './exit.ts'

/** The checkout this command line belongs to: the templates and the functions' bundles are found in it. */
export const checkout: string = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

/** Where the sandbox keeps its state, in a folder `.causeway`: the checkout, or another folder for a second sandbox beside it. */
export const sandboxDirectory = (): string => process.env.CAUSEWAY_DIRECTORY || checkout

/** The sandbox of this checkout. Its emulator is in the checkout's virtual environment, so without a checkout there is none. */
export function checkoutSandbox(): Sandbox {
  if (!existsSync(join(checkout, 'setup.mjs'))) {
    throw new UsageError(
      'The sandbox and the demo need a checkout of Causeway: clone its repository and run npm run demo there.',
    )
  }
  const directory = sandboxDirectory()
  mkdirSync(directory, { recursive: true })
  return openSandbox({ directory, venv: join(checkout, '.venv/sandbox') })
}
