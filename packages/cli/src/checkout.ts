import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSandbox, type Sandbox } from '@causeway-aws/sandbox'

/** The checkout this command line belongs to: the templates and the functions' bundles are found in it. */
export const checkout: string = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

/** Where the sandbox keeps its state, in a folder `.causeway`: the checkout, or another folder for a second sandbox beside it. */
export const sandboxDirectory = (): string => process.env.CAUSEWAY_DIRECTORY || checkout

/** The sandbox of this checkout. */
export const checkoutSandbox = (): Sandbox =>
  openSandbox({ directory: sandboxDirectory(), venv: join(checkout, '.venv/sandbox') })
